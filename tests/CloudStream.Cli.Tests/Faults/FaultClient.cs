namespace CloudStream.Cli.Tests.Faults;

/// <summary>
/// A client under faults: a loop of its own that goes on until it is told to stop, and must come forward once the faults are over.
/// </summary>
internal abstract class FaultClient(string name, SharedHistory history, int seed) : IAsyncDisposable
{
    public const string Topic = "events";

    /// <summary>How long a client waits for an answer before it gives up on it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _successes;

    public string Name => name;

    /// <summary>Answers that brought it forward.</summary>
    public long Successes => Volatile.Read(ref _successes);

    protected SharedHistory History => history;

    protected Random Random { get; } = new(seed);

    protected CancellationToken Stopping => _stop.Token;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Ends the loop and throws what ended it early.</summary>
    public virtual async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    /// <summary>Throws what ended the loop early, if anything did.</summary>
    public async Task AssertAliveAsync()
    {
        if (_loop.IsCompleted)
            await _loop;
        Assert.False(_loop.IsCompleted, $"{name} has ended");
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ContinueWith(_ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    protected abstract Task RunAsync();

    protected void Succeeded() => Interlocked.Increment(ref _successes);

    /// <summary>Waits up to this many milliseconds; false when the client is to stop.</summary>
    protected Task<bool> ThinkAsync(int maxMs) => Eventually.PassedAsync(TimeSpan.FromMilliseconds(Random.Next(1, maxMs)), Stopping);
}
