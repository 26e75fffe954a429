using System.Collections.Immutable;
using System.Threading.Channels;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Log.State;
using CloudStream.Storage;

namespace CloudStream.Cluster.Topics;

/// <summary>
/// Puts a topic's partitions into their shards and takes them out again. Both may be done any number of times. Thread-safe.
/// </summary>
internal sealed class TopicPartitions(ShardAccess shards, BrokerOptions options, BrokerRuntime runtime)
{
    /// <summary>
    /// The shards that new partitions may go to; all of them when none can be read, for then no partition can be created anyway.
    /// </summary>
    public IReadOnlyList<int> UsableShards
    {
        get
        {
            int[] readable = [.. Enumerable.Range(0, shards.Count).Where(shards.IsReadable)];
            return readable.Length > 0 ? readable : [.. Enumerable.Range(0, shards.Count)];
        }
    }

    /// <summary>Puts partitions <paramref name="from"/> and up into their shards.</summary>
    /// <exception cref="StoreException">Unavailable: not all of them are known to be there.</exception>
    public Task CreateAsync(Guid topicId, ImmutableArray<int> placement, int from, CancellationToken cancellationToken) =>
        CommitAsync(topicId, placement, from, Creation, cancellationToken);

    /// <summary>Takes all partitions out of their shards, with everything in them.</summary>
    /// <exception cref="StoreException">Unavailable: not all of them are known to be gone.</exception>
    public Task DeleteAsync(Guid topicId, ImmutableArray<int> placement, CancellationToken cancellationToken) =>
        CommitAsync(topicId, placement, 0, Deletion, cancellationToken);

    /// <summary>
    /// Takes partitions out of their shards whose topic is gone: what a broker left behind that was paused while it created a topic and
    /// went on after the topic had been deleted.
    /// </summary>
    /// <param name="livingTopics">Reads the ids of all topics, in whatever stage. A topic's register is written before its first partition,
    /// so a partition that was seen before this read and belongs to none of these topics belongs to none that will ever be.</param>
    /// <param name="cancellationToken">Stops between two commits.</param>
    /// <returns>How many partitions were taken out.</returns>
    public async Task<int> SweepAsync(Func<CancellationToken, ValueTask<HashSet<Guid>>> livingTopics, CancellationToken cancellationToken)
    {
        var present = new List<(int Shard, PartitionId Partition)>();
        for (var shard = 0; shard < shards.Count; shard++)
        {
            if (!shards.IsReadable(shard))
                continue; // Nobody knows which partitions it has; they are looked for when it can be read again.
            var state = await shards.RefreshAsync(shard, cancellationToken);
            present.AddRange(state.Slots.Keys.OrderBy(p => p.TopicId).ThenBy(p => p.Index).Select(p => (shard, p)));
        }

        var living = await livingTopics(cancellationToken);
        var swept = 0;
        foreach (var (shard, partition) in present.Where(p => !living.Contains(p.Partition.TopicId)))
        {
            var outcome = await shards.SubmitAsync(shard, state => Deletion(state, partition), cancellationToken);
            swept += outcome.Result == CommitResult.Applied ? 1 : 0;
        }

        return swept;
    }

    // Submitted all at once: a shard commits many of them with one write.
    private async Task CommitAsync(
        Guid topicId, ImmutableArray<int> placement, int from, Func<ShardState, PartitionId, Entry?> propose,
        CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.RequestTimeout, runtime.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var commits = new Task<CommitOutcome>[placement.Length - from];
        for (var i = 0; i < commits.Length; i++)
        {
            var partition = new PartitionId(topicId, from + i);
            commits[i] = shards.SubmitAsync(placement[partition.Index], state => propose(state, partition), both.Token).AsTask();
        }

        try
        {
            var outcomes = await Task.WhenAll(commits);
            if (Array.Exists(outcomes, o => o.Result is not (CommitResult.Applied or CommitResult.Withdrawn)))
                throw Unsettled(topicId, null);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unsettled(topicId, e);
        }
        catch (ChannelClosedException e)
        {
            throw Unsettled(topicId, e);
        }
    }

    private static StoreException Unsettled(Guid topicId, Exception? inner) =>
        new(StoreErrorKind.Unavailable, $"not all partitions of topic {topicId} are settled in their shards", inner);

    private PartitionCreatedEntry? Creation(ShardState state, PartitionId partition) =>
        state.Slots.ContainsKey(partition) ? null : new PartitionCreatedEntry(NowMs, partition);

    private PartitionDeletedEntry? Deletion(ShardState state, PartitionId partition) =>
        state.Slots.ContainsKey(partition) ? new PartitionDeletedEntry(NowMs, partition) : null;

    private long NowMs => runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
