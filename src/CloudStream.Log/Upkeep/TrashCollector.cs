using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Deletes what the state no longer refers to, in list order, after a grace period; then takes it off the list. A crash between the two
/// repeats the deletion, which is harmless: names are never reused. Used by one tick at a time.
/// </summary>
internal sealed class TrashCollector(
    IUpkeepShard shard, IObjectStore store, PageStore pages, BrokerRuntime runtime, UpkeepMetrics metrics, TimeSpan grace)
{
    private const int MaxItems = 64, MaxDeletes = 1024;

    private readonly ILogger _log = runtime.Loggers.CreateLogger<TrashCollector>();
    private readonly Queue<Seen> _seen = new();

    /// <summary>Deletes what is ripe, up to a batch; false when nothing was.</summary>
    public async ValueTask<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        var state = shard.State;
        Observe(state);
        metrics.TrashIs(shard.Number, state.Trash.Count);
        if (!_seen.TryPeek(out var first) || runtime.Time.GetElapsedTime(first.At) < grace)
            return false;
        if (!IsCovered(first, state))
        {
            await shard.RequestCheckpointAsync(cancellationToken);
            return false;
        }

        var ripe = _seen.Take(MaxItems).TakeWhile(s => runtime.Time.GetElapsedTime(s.At) >= grace && IsCovered(s, state)).Select(
            s => s.Item).ToList();
        var (items, objects) = await DeleteAsync(ripe, cancellationToken);
        metrics.TrashDeleted(objects);
        if (items == 0)
            return true; // A large tree, of which a part has gone.
        var emptied = new TrashEmptiedEntry(runtime.Time.GetUtcNow().ToUnixTimeMilliseconds(), items, ripe[items - 1].Object);
        var outcome = await shard.SubmitAsync(
            now => now.Trash.Take(items).SequenceEqual(ripe.Take(items)) ? emptied : null, cancellationToken);
        UpkeepLog.TrashDeleted(_log, shard.Number, objects, items, outcome.Result);
        return outcome.Result == CommitResult.Applied;
    }

    // The list only loses items at its front and gains them at its end; so what was seen before is a prefix of what is left.
    private void Observe(ShardState state)
    {
        while (_seen.TryPeek(out var first) && (state.Trash.IsEmpty || first.Item != state.Trash[0]))
            _seen.Dequeue();
        var now = runtime.Time.GetTimestamp();
        foreach (var item in state.Trash.Skip(_seen.Count))
            _seen.Enqueue(new Seen(item, now));
    }

    // Whoever recovers reads the directories of flushes in the journal's tail from the objects themselves, and large entries likewise. So
    // such an object must outlive its entry there: until the checkpoint has reached the version that it died in. Nobody recovers through
    // objects of other kinds.
    private static bool IsCovered(Seen seen, ShardState state) =>
        seen.Item is { Kind: TrashKind.Object, Object.Kind: not (ObjectKind.Segment or ObjectKind.Entry) }
        || state.CheckpointVersion >= seen.Item.Version;

    private async ValueTask<(int Items, int Objects)> DeleteAsync(List<TrashItem> ripe, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        var items = 0;
        foreach (var item in ripe)
        {
            if (names.Count >= MaxDeletes)
                break;
            if (item.Kind == TrashKind.PageTree)
            {
                if (items > 0)
                    break; // Trees go by themselves, at the front of a batch.
                var tree = new PageTreeRemoval(store, pages, shard.Number, MaxDeletes);
                var isGone = await tree.RunAsync(item.Object, cancellationToken);
                if (tree.Damaged is { } why)
                    Report(item, why);
                return (isGone ? 1 : 0, tree.Deleted);
            }

            await NameAsync(item, names, cancellationToken);
            items++;
        }

        if (names.Count > 0)
            await store.DeleteAsync(names, cancellationToken);
        return (items, names.Count);
    }

    private async ValueTask NameAsync(TrashItem item, List<string> names, CancellationToken cancellationToken)
    {
        if (item.Kind == TrashKind.Object)
        {
            names.Add(item.Object.NameIn(shard.Number));
            return;
        }

        try
        {
            var directory = await SegmentDirectoryReader.ReadMergeAsync(store, item.Object.NameIn(shard.Number), cancellationToken);
            names.AddRange(directory.Inputs.Select(i => i.NameIn(shard.Number)));
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
        {
            // The merged object goes after its inputs, in list order: so somebody has done this item before.
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Corrupt)
        {
            Report(item, e.Message); // Once it is off the list, nothing refers to the inputs and the sweep finds them.
        }
    }

    private void Report(TrashItem item, string why)
    {
        metrics.DamagedFound();
        UpkeepLog.DamagedTrash(_log, shard.Number, item.Object.NameIn(shard.Number), why);
    }

    /// <summary>A trash item, and when this process first saw it on its own monotonic clock.</summary>
    private readonly record struct Seen(TrashItem Item, long At);
}
