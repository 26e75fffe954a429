namespace CloudStream.Simulation.Tests.Scheduling;

/// <summary>
/// One process of the simulation: its continuations run one at a time, may be held (a paused process) and may be dropped for ever (a dead
/// one).
/// </summary>
internal sealed class Actor(Scheduler scheduler, string name) : SynchronizationContext
{
    private readonly List<(SendOrPostCallback Callback, object? State)> _held = [];

    public string Name => name;

    public bool IsDead { get; private set; }

    public bool IsPaused { get; private set; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!IsDead)
            scheduler.Enqueue(this, d, state);
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing here may block.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>The process dies: none of its continuations runs any more.</summary>
    public void Kill()
    {
        IsDead = true;
        _held.Clear();
    }

    /// <summary>The process stops for a while; the world goes on.</summary>
    public void Pause() => IsPaused = true;

    /// <summary>The process wakes up and finds everything that happened meanwhile at once.</summary>
    public void Resume()
    {
        IsPaused = false;
        foreach (var (callback, state) in _held)
            Post(callback, state);
        _held.Clear();
    }

    /// <summary>Whether a step may run now; one of a paused process is kept.</summary>
    public bool Admits(SendOrPostCallback callback, object? state)
    {
        if (IsPaused && !IsDead)
            _held.Add((callback, state));
        return !IsPaused && !IsDead;
    }
}
