namespace CloudStream.Client.Producing;

/// <summary>A line of callers: each one's turn comes when all before it are done. Thread-safe.</summary>
internal sealed class Turns
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private int _waiting;

    public bool IsAnyoneWaiting => Volatile.Read(ref _waiting) > 0;

    public Turn Queue()
    {
        lock (_gate)
        {
            _waiting++;
            var turn = new Turn(this, _last);
            _last = turn.Done;
            return turn;
        }
    }

    private void Leave()
    {
        lock (_gate)
            _waiting--;
    }

    /// <summary>A place in the line. Disposing it lets the next one come, though never before those ahead of this one are done.</summary>
    public sealed class Turn(Turns line, Task before) : IDisposable
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Done => _done.Task;

        public Task ComesAsync(CancellationToken cancellationToken) => before.WaitAsync(cancellationToken);

        public void Dispose()
        {
            if (before.IsCompleted)
                PassOn();
            else
                _ = PassOnLaterAsync();
        }

        private async Task PassOnLaterAsync()
        {
            await before;
            PassOn();
        }

        private void PassOn()
        {
            line.Leave();
            _done.SetResult();
        }
    }
}
