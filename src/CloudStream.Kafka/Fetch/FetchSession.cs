namespace CloudStream.Kafka.Fetch;

/// <summary>
/// The partitions that one client fetches again and again, so that it need not name them each time (KIP-227). One request has its turn at a
/// time; which one is what the epoch says.
/// </summary>
internal sealed class FetchSession(int id, bool byId, long createdAt)
{
    private readonly Dictionary<(string Name, Guid Id, int Index), LinkedListNode<FetchedPartition>> _byKey = [];
    private readonly LinkedList<FetchedPartition> _inOrder = [];
    private bool _isInTurn;

    public int Id => id;

    /// <summary>Whether its requests name topics by id.</summary>
    public bool ById => byId;

    /// <summary>The epoch that the next request must carry.</summary>
    public int NextEpoch { get; private set; } = 1;

    /// <summary>Number of partitions.</summary>
    public int Count => _inOrder.Count;

    /// <summary>When it was made, as a timestamp.</summary>
    public long CreatedAt { get; } = createdAt;

    /// <summary>When it was used last, as a timestamp.</summary>
    public long UsedAt { get; private set; } = createdAt;

    /// <summary>Whether a request has its turn.</summary>
    public bool IsInTurn => Volatile.Read(ref _isInTurn);

    /// <summary>The partitions in the order in which they are served now: those that gave data last stand behind.</summary>
    public FetchedPartition[] InOrder() => [.. _inOrder];

    /// <summary>A request begins its turn.</summary>
    public void BeginTurn(long now)
    {
        UsedAt = now;
        Volatile.Write(ref _isInTurn, true);
    }

    /// <summary>Epochs begin again at 1 after the largest.</summary>
    public void Advance() => NextEpoch = NextEpoch == int.MaxValue ? 1 : NextEpoch + 1;

    /// <summary>The turn is over.</summary>
    public void EndTurn() => Volatile.Write(ref _isInTurn, false);

    /// <summary>Adds a partition, or changes what is wanted of it.</summary>
    public void Set(FetchedPartition wanted)
    {
        if (_byKey.TryGetValue((wanted.Name, wanted.TopicId, wanted.Index), out var node))
            (node.Value.Offset, node.Value.MaxBytes, node.Value.LeaderEpoch) = (wanted.Offset, wanted.MaxBytes, wanted.LeaderEpoch);
        else
            _byKey[(wanted.Name, wanted.TopicId, wanted.Index)] = _inOrder.AddLast(wanted);
    }

    /// <summary>Forgets a partition.</summary>
    public void Remove(string name, Guid topicId, int index)
    {
        if (_byKey.Remove((name, topicId, index), out var node))
            _inOrder.Remove(node);
    }

    /// <summary>Its next turn comes after those of the others.</summary>
    public void MoveBack(FetchedPartition partition)
    {
        if (!_byKey.TryGetValue((partition.Name, partition.TopicId, partition.Index), out var node))
            return;
        _inOrder.Remove(node);
        _inOrder.AddLast(node);
    }
}
