using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Runtime;

/// <summary>
/// The one form of background work: a body that runs until it is told to stop, is awaited when its owner stops, and whose fault is logged
/// once and kept. Never a loose task, so that the simulation sees everything that runs.
/// </summary>
internal sealed partial class BackgroundLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _name;
    private readonly ILogger _log;
    private readonly Action<Exception>? _onFault;
    private readonly Task _task;
    private int _disposed;

    private BackgroundLoop(string name, ILogger log, Func<CancellationToken, Task> body, Action<Exception>? onFault = null)
    {
        _name = name;
        _log = log;
        _onFault = onFault;
        _task = RunAsync(body);
    }

    /// <summary>Completes when the body has ended; never faults.</summary>
    public Task Completion => _task;

    /// <summary>What ended the body, if anything but the wish to stop did.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Starts <paramref name="body"/>. <paramref name="onFault"/> hears of a fault after it was logged.</summary>
    public static BackgroundLoop Start(string name, ILogger log, Func<CancellationToken, Task> body, Action<Exception>? onFault = null) =>
        new(name, log, body, onFault);

    /// <summary>
    /// Runs <paramref name="tick"/> again and again, <paramref name="interval"/> apart. A tick that fails is logged and the next one runs
    /// all the same.
    /// </summary>
    public static BackgroundLoop Every(
        string name, ILogger log, TimeProvider time, TimeSpan interval, Func<CancellationToken, Task> tick) =>
            new(name, log, async stopping =>
            {
                while (true)
                {
                    await Task.Delay(interval, time, stopping);
                    try
                    {
                        await tick(stopping);
                    }
                    catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
                    {
                        LogTickFailed(log, name, e);
                    }
                }
            });

    /// <summary>Asks the body to stop.</summary>
    public void RequestStop() => _stopping.Cancel();

    /// <summary>Asks the body to stop and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _stopping.Cancel(); // Not CancelAsync, which cancels on the thread pool.
        await _task;
        _stopping.Dispose();
    }

    private async Task RunAsync(Func<CancellationToken, Task> body)
    {
        await Task.Yield();
        try
        {
            await body(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The wish to stop.
        }
        catch (Exception e)
        {
            Fault = e;
            LogFault(_log, _name, e);
            _onFault?.Invoke(e);
        }
    }

    [LoggerMessage(1000, LogLevel.Critical, "Background loop {Name} ended with a fault")]
    private static partial void LogFault(ILogger log, string name, Exception fault);

    [LoggerMessage(1001, LogLevel.Error, "A tick of {Name} failed; the next one runs all the same")]
    private static partial void LogTickFailed(ILogger log, string name, Exception fault);
}
