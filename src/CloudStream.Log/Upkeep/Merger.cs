using CloudStream.Log.Entries;
using CloudStream.Log.Health;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Carries out merges of one shard: objects first, then the entry that swaps them in. A crash between the two leaves orphans for the sweep.
/// Used by one tick at a time.
/// </summary>
internal sealed class Merger(IUpkeepShard shard, IObjectStore store, BrokerRuntime runtime, UpkeepMetrics metrics, DamageTroubles troubles,
    IndexSizes sizes)
{
    private readonly ILogger _log = runtime.Loggers.CreateLogger<Merger>();
    private readonly HashSet<ObjectRef> _damaged = [];
    private readonly MergeBacklog _backlog = new(runtime.Time, sizes);
    private ShardState? _idle;

    /// <summary>Objects that are left as they are: inputs that were found damaged, and what an operator has given up.</summary>
    public IReadOnlySet<ObjectRef> LeftAlone { get; private set; } = new HashSet<ObjectRef>();

    /// <summary>Does the next merge; false when nothing is due.</summary>
    public async ValueTask<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        var state = shard.State;
        var canWait = _backlog.CanWait(state);
        if (ReferenceEquals(state, _idle) || canWait)
            return false;
        _damaged.RemoveWhere(o => !state.Objects.ContainsKey(o));
        LeftAlone = Excluded(state);
        if (MergePlanner.Plan(state, LeftAlone, sizes) is not { } plan)
        {
            _idle = state;
            return false;
        }

        try
        {
            return await MergeAsync(state, plan, cancellationToken);
        }
        catch (DamagedObjectException e)
        {
            await LeaveDamagedAsync(e, cancellationToken);
            return true;
        }
    }

    private HashSet<ObjectRef> Excluded(ShardState state)
    {
        var excluded = new HashSet<ObjectRef>(_damaged);
        foreach (var partition in state.Partitions.Values)
        {
            if (!partition.Losses.IsEmpty)
                excluded.UnionWith(partition.Recent.Where(s => partition.HasLossIn(s.BaseOffset, s.EndOffset)).Select(s => s.Object));
        }

        return excluded;
    }

    /// <summary>Whether what the merge wrote still is what the state refers to: then it takes effect, and every input dies by it.</summary>
    public static bool StillFits(ShardState state, MergePlan plan, MergeEntry entry)
    {
        foreach (var run in plan.Runs)
        {
            if (state.Partitions.TryGetValue(run.Slot, out var partition) && run.Slices[^1].EndOffset > partition.LogStartOffset
                && !Holds(partition, run))
                return false;
        }

        return MergeTransition.Fits(state, entry);
    }

    // The head of the run may have been trimmed away; what is left must be the very slices that were read.
    private static bool Holds(PartitionState partition, MergeRun run)
    {
        var skipped = 0;
        while (run.Slices[skipped].EndOffset <= partition.LogStartOffset)
            skipped++;
        var first = partition.FindRecent(run.Slices[skipped].BaseOffset);
        for (var i = skipped; i < run.Slices.Length; i++)
        {
            var index = first + i - skipped;
            if (index >= partition.Recent.Count || partition.Recent[index] != run.Slices[i])
                return false;
        }

        return true;
    }

    private async ValueTask<bool> MergeAsync(ShardState state, MergePlan plan, CancellationToken cancellationToken)
    {
        var writer = new MergeWriter(store, shard, state, plan);
        var outputs = await writer.WriteAsync(cancellationToken);
        var entry = new MergeEntry(runtime.Time.GetUtcNow().ToUnixTimeMilliseconds(), outputs, plan.Inputs.Length);
        var outcome = await shard.SubmitAsync(now => StillFits(now, plan, entry) ? entry : null, cancellationToken);
        metrics.MergeEnded(outcome.Result, writer.BytesPut);
        UpkeepLog.Merged(_log, shard.Number, plan.Inputs.Length, plan.Level, outputs.Length, writer.BytesPut, outcome.Result);

        // Anything else is tried again by the next tick, from the state as it is then.
        return outcome.Result == CommitResult.Applied;
    }

    private async ValueTask LeaveDamagedAsync(DamagedObjectException fault, CancellationToken cancellationToken)
    {
        // It may only be gone because another broker merged it meanwhile.
        var now = await shard.RefreshAsync(cancellationToken);
        if (!now.Objects.ContainsKey(fault.Damaged) || !_damaged.Add(fault.Damaged))
            return;
        metrics.DamagedFound();
        UpkeepLog.DamagedInput(_log, shard.Number, fault.Damaged.NameIn(shard.Number), fault.Message);
        foreach (var partition in now.Partitions.Values)
        {
            foreach (var slice in partition.Recent.Where(s => fault.Slice is null ? s.Object == fault.Damaged : s == fault.Slice))
            {
                troubles.Met(
                    new Damage(
                        shard.Number, partition.Id, slice.BaseOffset, slice.EndOffset, slice.Object.NameIn(shard.Number), slice.Position,
                        fault.IsMissing),
                    () => shard.State);
            }
        }
    }
}
