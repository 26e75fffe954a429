namespace CloudStream.Client.Tests.Doubles;

/// <summary>
/// A clock that stands still until a test advances it; timers fire then. Says when a timer was set, so that tests need not sleep.
/// </summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public void Advance(TimeSpan time)
    {
        List<ManualTimer> due;
        lock (_gate)
        {
            _now += time;
            due = _timers.FindAll(timer => timer.DueAt <= _now);
            due.ForEach(timer => timer.DueAt = null);
        }

        due.ForEach(timer => timer.Fire());
    }

    /// <summary>Waits until some timer is set to fire after between so much and so much time.</summary>
    public Task TimerIsSetAsync(TimeSpan atLeast, TimeSpan atMost) => TimerIsSetAsync(atLeast, atMost, again: false);

    /// <summary>
    /// As <see cref="TimerIsSetAsync(TimeSpan, TimeSpan)"/>, of those that were made before: limits of calls and requests are none.
    /// </summary>
    public Task TimerIsSetAgainAsync(TimeSpan atLeast, TimeSpan atMost) => TimerIsSetAsync(atLeast, atMost, again: true);

    private async Task TimerIsSetAsync(TimeSpan atLeast, TimeSpan atMost, bool again)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_timers.Exists(t => t.DueAt - _now >= atLeast && t.DueAt - _now <= atMost && (t.WasChanged || !again)))
                    return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(TimeSpan.FromSeconds(20), System);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_gate)
            _timers.Add(timer);
        timer.Set(dueTime);
        return timer;
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? DueAt { get; set; }

        public void Fire() => callback(state);

        public bool WasChanged { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
                WasChanged = true;
            Set(dueTime);
            return true;
        }

        public void Set(TimeSpan dueTime)
        {
            lock (clock._gate)
            {
                DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
                clock._changed.TrySetResult();
                clock._changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
