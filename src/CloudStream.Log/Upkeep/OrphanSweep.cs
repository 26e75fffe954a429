using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Finds objects that were put and never became part of a shard's state, and deletes them. The order makes it safe, without any clock:
/// 1. list the store; 2. commit a horizon above the births of all candidates; 3. only what the state of that very commit does not refer to
/// goes. A writer that was paused between its put and its commit then either fails (its expected version has passed) or sees the horizon
/// and uploads under a new name.
/// </summary>
/// <remarks>
/// The listing may be stale in any way: what was put after it is no candidate, what was deleted after it is deleted again for nothing, and
/// whether a candidate is referred to is judged by the state committed after it. Safe whatever other brokers do at the same time.
/// </remarks>
internal sealed class OrphanSweep(IObjectStore store, BrokerRuntime runtime, UpkeepMetrics metrics)
{
    private const int DeleteBatch = 500;

    private readonly ILogger _log = runtime.Loggers.CreateLogger<OrphanSweep>();

    /// <summary>Sweeps the shards that this broker holds; true when none was given up.</summary>
    public async ValueTask<bool> RunAsync(IReadOnlyCollection<IUpkeepShard> shards, CancellationToken cancellationToken)
    {
        var held = shards.Where(s => s.IsHeld).ToDictionary(s => s.Number);
        if (held.Count == 0)
            return true;
        var listed = held.ToDictionary(s => s.Key, _ => new HashSet<ObjectRef>());
        await foreach (var info in store.ListAsync("", cancellationToken))
        {
            // Names of other shapes are not ours to touch.
            if (ObjectRef.TryParse(info.Name, out var number, out var reference) && listed.TryGetValue(number, out var found))
                found.Add(reference);
        }

        var isComplete = true;
        foreach (var shard in held.Values)
            isComplete &= await TrySweepAsync(shard, listed[shard.Number], cancellationToken);
        return isComplete;
    }

    private async ValueTask<bool> TrySweepAsync(IUpkeepShard shard, HashSet<ObjectRef> candidates, CancellationToken cancellationToken)
    {
        try
        {
            return await SweepAsync(shard, candidates, cancellationToken);
        }
        catch (StoreException e)
        {
            // Also when a page cannot be read: what it lists is unknown, so nothing may be called an orphan.
            metrics.Failed(UpkeepStep.Sweep);
            UpkeepLog.SweepGivenUp(_log, shard.Number, e.Message);
            return false;
        }
    }

    private async ValueTask<bool> SweepAsync(IUpkeepShard shard, HashSet<ObjectRef> candidates, CancellationToken cancellationToken)
    {
        var references = new References(store, shard.Number);
        await references.RemoveFromAsync(candidates, shard.State, cancellationToken);
        if (candidates.Count == 0)
            return true; // The usual case costs no commit.

        // Every candidate's birth is a version that was committed when the store was listed, so the horizon is at most the version of its
        // own commit. One from the future says that the journal has gone back: then everything committed since would look like nobody's.
        var newest = candidates.Max(c => c.Born);
        if (newest > (await shard.RefreshAsync(cancellationToken)).Version)
            throw new StoreException(StoreErrorKind.Corrupt,
                $"there are objects born at version {newest}, to which the journal has not come: it is not the one that they were written "
                    + "for");
        var horizon = newest + 1;
        var entry = new HorizonEntry(runtime.Time.GetUtcNow().ToUnixTimeMilliseconds(), horizon);
        var outcome = await shard.SubmitAsync(_ => entry, cancellationToken);
        if (outcome.Result != CommitResult.Applied)
            return false;
        await references.RemoveFromAsync(candidates, outcome.State, cancellationToken);
        foreach (var batch in candidates.Select(c => c.NameIn(shard.Number)).Chunk(DeleteBatch))
        {
            await store.DeleteAsync(batch, cancellationToken);
            metrics.OrphansDeleted(batch.Length);
        }

        if (candidates.Count > 0)
            UpkeepLog.OrphansDeleted(_log, shard.Number, candidates.Count, horizon);
        return true;
    }
}
