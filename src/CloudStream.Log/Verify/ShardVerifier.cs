using CloudStream.Log.Calls;
using CloudStream.Log.Health;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Verify;

/// <summary>
/// Reads everything that one shard's state refers to and tells what is missing or damaged. Reads only, holds no lease, and may run beside
/// brokers: what they replace and delete meanwhile is no damage, so nothing counts before a newer state still refers to it.
/// </summary>
/// <param name="shard">The shard.</param>
/// <param name="ring">Where its commits lie.</param>
/// <param name="stores">Where it lies.</param>
/// <param name="runtime">Time, for pauses between retries.</param>
/// <param name="report">Hears of what is found.</param>
/// <param name="topicName">A topic's name; null when it has none.</param>
internal sealed class ShardVerifier(
    int shard, JournalRing ring, BrokerStores stores, BrokerRuntime runtime, VerifyReport report, Func<Guid, string?> topicName)
{
    private readonly ShardJournal _journal = new(shard, ring, stores, runtime);

    /// <summary>Whether it is a coordinator shard.</summary>
    public bool IsCoordinator { get; init; }

    /// <summary>Verifies the shard.</summary>
    /// <param name="listed">The shard's objects as a list of the store had them before the call; what nothing refers to is left in
    /// it.</param>
    /// <param name="cancellationToken">Stops between two reads.</param>
    /// <returns>The newest state; null when there is none, for journal or checkpoint cannot be read.</returns>
    /// <exception cref="StoreException">The store fails in a way that says nothing of what it holds.</exception>
    public async Task<ShardState?> RunAsync(HashSet<ObjectRef> listed, CancellationToken cancellationToken)
    {
        if (await WhyUnreadableAsync(listed, cancellationToken) is { } why)
        {
            var lost = IsCoordinator ? "groups" : "partitions";
            report.Found(new Finding(FindingKind.Shard, $"Shard {shard} cannot be read, nor can any of its {lost}: {why}.")
            {
                Shard = shard
            });
            return null;
        }

        await using var walk = new LogWalk(shard, stores.Objects, runtime, report);
        foreach (var partition in _journal.State.Partitions.Values)
        {
            report.Partitions++;
            report.Accepted.AddRange(partition.Losses.Select(loss => (partition.Id, loss)));
            await VerifyAsync(walk, partition, cancellationToken);
        }

        await CountUnreferencedAsync(listed, cancellationToken);
        return _journal.State;
    }

    /// <summary>The state as it is by now.</summary>
    public async Task<ShardState> ReadAgainAsync(CancellationToken cancellationToken)
    {
        await _journal.ReadAsync(cancellationToken);
        return _journal.State;
    }

    private async Task<string?> WhyUnreadableAsync(HashSet<ObjectRef> listed, CancellationToken cancellationToken)
    {
        try
        {
            await _journal.ReadAsync(cancellationToken);

            // Every birth is a version that had been committed when the store was listed.
            var last = listed.Count == 0 ? default : listed.MaxBy(o => o.Born);
            if (last.Born <= _journal.State.Version)
                return null;
            return _journal.State.Version == 0
                ? $"its journal is gone, but there are objects of it, such as {last.NameIn(shard)}"
                : $"its journal ends at commit {_journal.State.Version}, but there are objects born at version {last.Born}, such as "
                    + last.NameIn(shard);
        }
        catch (StoreException e) when (e.Kind is StoreErrorKind.Corrupt or StoreErrorKind.NotFound)
        {
            return e.InnerException is StoreException inner ? $"{e.Message}: {inner.Message}" : e.Message;
        }
    }

    private async Task VerifyAsync(LogWalk walk, PartitionState partition, CancellationToken cancellationToken)
    {
        var (id, end) = (partition.Id, partition.EndOffset);
        VerifyStep suspect = default;
        for (var offset = partition.LogStartOffset; offset < end;)
        {
            var state = _journal.State;
            if (state.Find(id) is not { } now)
                return; // Deleted meanwhile.
            offset = Math.Max(offset, now.LogStartOffset);
            if (offset >= end)
                return;
            var step = await walk.StepAsync(state, now, offset, cancellationToken);
            if (step.Failure is not null && suspect.Failed != step.Failed)
            {
                // Merged or trimmed away since the state was read? Then the newest one does not refer to it any more.
                suspect = step;
                await _journal.ReadAsync(cancellationToken);
                await walk.ForgetAsync();
                continue;
            }

            if (step.Failure is { } failure && now.SkipLosses(offset) < step.NextOffset)
                Report(id, step, offset, failure);
            offset = step.NextOffset;
        }
    }

    private void Report(PartitionId id, VerifyStep step, long offset, StoreException failure)
    {
        var key = step.Failed.Key;
        var damage = new Damage(
            shard, id, Math.Max(step.Failed.BaseOffset, offset), step.Failed.EndOffset, key?.ObjectName, key?.Position ?? 0,
            IsMissing: failure.Kind == StoreErrorKind.NotFound);
        var told = damage.Describe($"{topicName(id.TopicId) ?? id.TopicId.ToString()}/{id.Index}");
        report.Found(new Finding(FindingKind.Records, damage.IsMissing || key is null ? told : $"{told[..^1]} ({failure.Message}).")
        {
            Shard = shard,
            Partition = id,
            BaseOffset = damage.BaseOffset,
            EndOffset = damage.EndOffset,
            ObjectName = damage.ObjectName,
        });
    }

    // Written and never committed, or on their way: no damage. Where an index page cannot be read nobody knows.
    private async Task CountUnreferencedAsync(HashSet<ObjectRef> listed, CancellationToken cancellationToken)
    {
        try
        {
            await new References(stores.Objects, shard).RemoveFromAsync(listed, await ReadAgainAsync(cancellationToken), cancellationToken);
        }
        catch (StoreException e) when (e.Kind is StoreErrorKind.Corrupt or StoreErrorKind.NotFound)
        {
            return;
        }

        foreach (var left in listed)
        {
            try
            {
                report.UnreferencedBytes += await stores.Objects.GetSizeAsync(left.NameIn(shard), cancellationToken);
                report.Unreferenced++;
            }
            catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
            {
                // Deleted since it was listed.
            }
        }
    }
}
