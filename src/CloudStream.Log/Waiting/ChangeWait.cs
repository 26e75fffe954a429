using CloudStream.Log.Runtime;

namespace CloudStream.Log.Waiting;

/// <summary>
/// One reader's wait until the first of some shards moves. Used by one reader, who disposes it when the wait is over, whatever ended it.
/// </summary>
internal sealed class ChangeWait : IDisposable
{
    private readonly TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(ChangeSignal Signal, LinkedListNode<ChangeWait> Place)> _places = [];

    public ChangeWait() => Moved = _moved.Task.OnContext();

    /// <summary>Completes when a shard has moved. Nobody else has this task, so what is put behind it ends with the wait.</summary>
    public Task Moved { get; }

    /// <summary>Also waits for a shard's state to be newer than <paramref name="version"/>; false when it is.</summary>
    public bool TryAdd(IShardLog shard, long version)
    {
        // The signal first: one that is raised after the look at the state is this one.
        var signal = shard.Changes;
        if (shard.State.Version > version)
            return false;
        var place = new LinkedListNode<ChangeWait>(this);
        if (!signal.TryAdd(place))
            return false;
        _places.Add((signal, place));
        return true;
    }

    /// <summary>A shard has moved.</summary>
    public void Move() => _moved.TrySetResult();

    /// <summary>Waits no more.</summary>
    public void Dispose()
    {
        foreach (var (signal, place) in _places)
            signal.Remove(place);
    }
}
