using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Groups.Members;

/// <summary>
/// Where a member stands in its partitions: what it has processed, and what the last poll answered. A poll says that the answer before is
/// processed; one that names an earlier answer gets the same records again, so that a lost answer loses no records. One poll at a time;
/// commits may come meanwhile. Thread-safe. Positions last as long as the member has their partition without a break.
/// </summary>
internal sealed class MemberPositions
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TopicPartition, Position> _positions = [];
    private long _poll;

    /// <summary>The number of the last answer; 0 before the first.</summary>
    public long Poll
    {
        get
        {
            lock (_gate)
                return _poll;
        }
    }

    /// <summary>Whether it is known where to go on in any partition.</summary>
    public bool HasAny
    {
        get
        {
            lock (_gate)
                return _positions.Count > 0;
        }
    }

    /// <summary>
    /// Forgets partitions that the member no longer has, or has had anew since: their records may have been somebody else's meanwhile.
    /// </summary>
    public void Enter(MemberStanding standing)
    {
        lock (_gate)
        {
            foreach (var (partition, position) in _positions)
            {
                if (standing.SinceOf(partition) != position.Since)
                    _positions.Remove(partition);
            }
        }
    }

    /// <summary>Takes note of which answer the client has. False: it speaks of one that cannot be the last one it got.</summary>
    public bool TryAcknowledge(long? after)
    {
        lock (_gate)
        {
            if (after is { } number && number != _poll && number != _poll - 1)
                return false;
            var isLost = after < _poll;
            foreach (var position in _positions.Values)
            {
                if (isLost)
                    position.Given = position.Processed;
                else
                    position.Processed = position.Given;
            }

            return true;
        }
    }

    /// <summary>Whether it is known where to go on in the partition.</summary>
    public bool Has(TopicPartition partition)
    {
        lock (_gate)
            return _positions.ContainsKey(partition);
    }

    /// <summary>
    /// Begins, or begins anew, at an offset of the topic of this id; <paramref name="committed"/> is -1 where that is not what is
    /// committed.
    /// </summary>
    public void Set(TopicPartition partition, Guid topicId, int since, long offset, long committed)
    {
        lock (_gate)
        {
            _positions[partition] = new Position
            {
                TopicId = topicId,
                Since = since,
                Processed = offset,
                Given = offset,
                Committed = committed,
            };
        }
    }

    /// <summary>Where to go on, in the topic that the position is about: another one of its name is another log.</summary>
    public PartitionFetch Next(TopicPartition partition, int maxBytes)
    {
        lock (_gate)
        {
            var position = _positions[partition];
            return new PartitionFetch(new PartitionId(position.TopicId, partition.Partition), position.Given, maxBytes);
        }
    }

    /// <summary>The topic is gone, and what was to be committed of it, too; one of the same name begins anew.</summary>
    public void Forget(TopicPartition partition, Guid topicId)
    {
        lock (_gate)
        {
            if (_positions.TryGetValue(partition, out var position) && position.TopicId == topicId)
                _positions.Remove(partition);
        }
    }

    /// <summary>An answer is about to be given: its number.</summary>
    public long BeginAnswer()
    {
        lock (_gate)
            return ++_poll;
    }

    /// <summary>Up to where the answer goes.</summary>
    public void Give(TopicPartition partition, long next)
    {
        lock (_gate)
            _positions[partition].Given = next;
    }

    /// <summary>The answer did not get through: its records come again.</summary>
    public void TakeBack() => TryAcknowledge(Poll - 1);

    /// <summary>
    /// What is processed of partitions that the member has, or is giving back, and not committed yet; with <paramref name="given"/> also
    /// what the last poll answered.
    /// </summary>
    public List<OffsetCommit> Uncommitted(MemberStanding standing, bool given)
    {
        lock (_gate)
        {
            return [.. _positions.Where(p => standing.HasHad(p.Key, p.Value.Since))
                .Select(p => (Partition: p.Key, p.Value.TopicId, p.Value.Committed, Offset: given ? p.Value.Given : p.Value.Processed))
                .Where(p => p.Offset > p.Committed).Select(p => new OffsetCommit(p.Partition, p.Offset) { TopicId = p.TopicId })];
        }
    }

    /// <summary>These offsets are committed.</summary>
    public void Committed(IEnumerable<OffsetCommit> offsets)
    {
        lock (_gate)
        {
            foreach (var offset in offsets)
            {
                if (_positions.TryGetValue(offset.Partition, out var position))
                    position.Committed = offset.Offset;
            }
        }
    }

    private sealed class Position
    {
        public required Guid TopicId { get; init; }

        public required int Since { get; init; }

        public long Processed { get; set; }

        public long Given { get; set; }

        public long Committed { get; set; }
    }
}
