namespace CloudStream.Engine.Tests;

/// <summary>
/// Time that stands still until a test moves it. Timers fire inside <see cref="Advance"/>, in the order of their times, on the calling
/// thread. Thread-safe.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _ticks = 1_000_000;

    /// <summary>Ticks of <see cref="TimeSpan"/>.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Whether any timer is set.</summary>
    public bool HasTimers
    {
        get
        {
            lock (_lock)
                return _timers.Count > 0;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp()
    {
        lock (_lock)
            return _ticks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves time on, firing what falls due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        long end;
        lock (_lock)
            end = _ticks + by.Ticks;
        while (TakeDue(end) is { } due)
            due.Fire();
        lock (_lock)
            MoveTo(end);
    }

    /// <summary>
    /// Moves time on without firing anything: the process was stopped. What fell due meanwhile fires with the next <see cref="Advance"/>.
    /// </summary>
    public void Stop(TimeSpan by)
    {
        lock (_lock)
            MoveTo(_ticks + by.Ticks);
    }

    /// <summary>Moves time on to the next timer and fires it; false when there is none.</summary>
    public bool AdvanceToNextTimer()
    {
        if (TakeDue(long.MaxValue) is not { } due)
            return false;
        due.Fire();
        return true;
    }

    /// <summary>Moves the wall clock alone: what a clock that is set does.</summary>
    public void SetBack(TimeSpan by)
    {
        lock (_lock)
            _now -= by;
    }

    /// <summary>
    /// Awaits a task, moving time on whenever nothing else happens. Fails when the task waits for something that no timer brings.
    /// </summary>
    public async Task<T> RunAsync<T>(Task<T> task)
    {
        for (var idle = 0; !task.IsCompleted; idle++)
        {
            if (idle > 1000)
                throw new InvalidOperationException("the task waits for something that no timer brings");
            await Task.Yield();
            if (!task.IsCompleted && AdvanceToNextTimer())
                idle = 0;
        }

        return await task;
    }

    /// <summary>The same for a task without a result.</summary>
    public Task RunAsync(Task task) => RunAsync(WithResultAsync(task));

    private static async Task<bool> WithResultAsync(Task task)
    {
        await task;
        return true;
    }

    private ManualTimer? TakeDue(long end)
    {
        lock (_lock)
        {
            var next = _timers.MinBy(t => t.DueAt);
            if (next is null || next.DueAt > end)
                return null;
            MoveTo(next.DueAt);
            if (next.Period > TimeSpan.Zero)
                next.DueAt += next.Period.Ticks;
            else
                _timers.Remove(next);
            return next;
        }
    }

    private void MoveTo(long ticks)
    {
        var by = Math.Max(0, ticks - _ticks);
        _ticks += by;
        _now += TimeSpan.FromTicks(by);
    }

    private sealed class ManualTimer(ManualTime time, Action fire) : ITimer
    {
        public long DueAt { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                Period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                DueAt = time._ticks + dueTime.Ticks;
                time._timers.Add(this);
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
