using System.Collections.Concurrent;

namespace CloudStream.Simulation.Tests;

/// <summary>
/// Ends the process when a run goes on for so long that it can only be spinning within one step, where no virtual time passes and so no
/// bound of progress can say so. Nothing else can: the run has the thread.
/// </summary>
internal sealed class RunWatch : IDisposable
{
    // Seconds in which the process ran: a process that is stopped for a while does not spin.
    private const int MaxTicks = 300;

    private readonly ConcurrentDictionary<int, (string Run, int Since)> _running = new();
    private readonly TextWriter _output;
    private readonly Timer _timer;
    private int _ticks;

    public RunWatch(TextWriter output)
    {
        _output = output;
        _timer = new Timer(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>The calling thread begins a run.</summary>
    public void Begins(string scenario, int seed) =>
        _running[Environment.CurrentManagedThreadId] = ($"--seeds {seed}..{seed} --scenario {scenario}", Volatile.Read(ref _ticks));

    /// <summary>The calling thread's run has ended.</summary>
    public void Ends() => _running.TryRemove(Environment.CurrentManagedThreadId, out _);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var now = Interlocked.Increment(ref _ticks);
        foreach (var (run, since) in _running.Values)
        {
            if (now - since < MaxTicks)
                continue;
            _output.WriteLine(
                $"VIOLATION of progress: a run spins without time passing, for {MaxTicks} seconds now. Again:\n  tests/simulate {run} "
                    + "--trace");
            _output.Flush();
            Environment.Exit(1);
        }
    }
}
