using CloudStream.Client.Transport;

namespace CloudStream.Client.Groups;

/// <summary>
/// The offsets of one member: what is processed and not committed yet. Commits go one after the other, so that none overtakes a newer one.
/// Thread-safe.
/// </summary>
internal sealed class GroupOffsets(ClientServices client, string group, GroupConsumerOptions options, GroupMembership membership)
    : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _committing = new(1, 1);
    private readonly Dictionary<TopicPartition, long> _stored = [];
    private readonly Dictionary<TopicPartition, int> _since = [];

    /// <summary>
    /// Everything before the offset is processed. A partition that has gone meanwhile may be somebody else's: nothing is said about it.
    /// </summary>
    public void Store(TopicPartition partition, long offset)
    {
        lock (_gate)
        {
            if (_since.ContainsKey(partition))
                _stored[partition] = offset;
        }
    }

    /// <summary>These partitions have come, in the generation that there is now.</summary>
    public void Add(IEnumerable<TopicPartition> partitions)
    {
        lock (_gate)
        {
            foreach (var partition in partitions)
                _since[partition] = membership.Generation;
        }
    }

    /// <summary>These partitions have gone, with what is stored of them.</summary>
    public void Remove(IEnumerable<TopicPartition> partitions)
    {
        lock (_gate)
        {
            foreach (var partition in partitions)
            {
                _since.Remove(partition);
                _stored.Remove(partition);
            }
        }
    }

    /// <summary>Commits what is stored.</summary>
    /// <exception cref="CloudStreamException">It is not committed.</exception>
    public async Task CommitStoredAsync(CancellationToken cancellationToken)
    {
        Dictionary<TopicPartition, long> stored;
        lock (_gate)
            stored = new(_stored);
        await CommitAsync(stored, cancellationToken);
    }

    /// <summary>Commits offsets.</summary>
    /// <exception cref="CloudStreamException">They are not committed.</exception>
    public async Task CommitAsync(IReadOnlyDictionary<TopicPartition, long> offsets, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (offsets.Count == 0)
            return;
        var read = membership.Generation;
        await _committing.WaitAsync(cancellationToken);
        try
        {
            var generation = membership.Generation;
            if (read < 0 || (generation != read && !HasHad(offsets.Keys, read)))
                throw new CloudStreamException(ErrorCode.IllegalGeneration,
                    $"The generation of group {group} in which the records were read is over; they are read again.");
            var document = new CommitOffsetsDocument(
                [.. offsets.Select(o => new GroupOffsetDocument(o.Key.Topic, o.Key.Partition, o.Value, null))], Math.Max(0, generation),
                options.GroupInstanceId);

            // Committing the same offsets twice is committing them once.
            await client.Retries.RunAsync(
                async token =>
                {
                    await client.Groups.CommitAsync(group, membership.MemberId, document, token);
                    return true;
                },
                isRead: true,
                cancellationToken);
        }
        finally
        {
            _committing.Release();
        }

        Forget(offsets);
    }

    public void Dispose() => _committing.Dispose();

    private bool HasHad(IEnumerable<TopicPartition> partitions, int generation)
    {
        lock (_gate)
            return partitions.All(p => _since.TryGetValue(p, out var since) && since <= generation);
    }

    private void Forget(IReadOnlyDictionary<TopicPartition, long> committed)
    {
        lock (_gate)
        {
            foreach (var (partition, offset) in committed)
            {
                if (_stored.TryGetValue(partition, out var stored) && stored == offset)
                    _stored.Remove(partition);
            }
        }
    }
}
