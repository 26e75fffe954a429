namespace CloudStream.Log.Waiting;

/// <summary>
/// Says once, to all who wait for it, that a shard's state has moved. To wait and to give up cost the same however many wait, and who gives
/// up leaves nothing behind: an idle reader gives up a few times a second, on each of its shards. Thread-safe.
/// </summary>
internal sealed class ChangeSignal
{
    private readonly Lock _lock = new();
    private readonly LinkedList<ChangeWait> _waiting = [];
    private bool _isRaised;

    /// <summary>Waits that are registered.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>Registers a wait; false when the state has moved already.</summary>
    public bool TryAdd(LinkedListNode<ChangeWait> wait)
    {
        lock (_lock)
        {
            if (!_isRaised)
                _waiting.AddLast(wait);
            return !_isRaised;
        }
    }

    /// <summary>Takes a wait out that was registered here.</summary>
    public void Remove(LinkedListNode<ChangeWait> wait)
    {
        lock (_lock)
        {
            if (!_isRaised)
                _waiting.Remove(wait);
        }
    }

    /// <summary>The state has moved.</summary>
    public void Raise()
    {
        lock (_lock)
            _isRaised = true;

        // Nobody comes or goes any more.
        foreach (var wait in _waiting)
            wait.Move();
    }
}
