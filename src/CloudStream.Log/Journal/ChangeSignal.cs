using CloudStream.Log.Runtime;

namespace CloudStream.Log.Journal;

/// <summary>Says once that a shard's state has moved. Thread-safe.</summary>
internal sealed class ChangeSignal
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChangeSignal() => Raised = _completion.Task.OnContext();

    /// <summary>Completes when the state has moved. One task for all who wait, so that those who give up leave nothing behind.</summary>
    public Task Raised { get; }

    /// <summary>The state has moved.</summary>
    public void Raise() => _completion.TrySetResult();
}
