namespace CloudStream.Log.Cache;

/// <summary>Background work that somebody owns: counted, and waited for at the end. The tasks must not fail. Thread-safe.</summary>
internal sealed class OwnedTasks
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running = 1;

    /// <summary>Takes over a task that handles its own failures.</summary>
    public void Own(Task task)
    {
        if (task.IsCompleted)
            return;
        Interlocked.Increment(ref _running);
        task.GetAwaiter().OnCompleted(Done);
    }

    /// <summary>Completes when everything owned has ended; nothing may be owned after that.</summary>
    public Task DrainAsync()
    {
        Done();
        return _drained.Task;
    }

    private void Done()
    {
        if (Interlocked.Decrement(ref _running) == 0)
            _drained.TrySetResult();
    }
}
