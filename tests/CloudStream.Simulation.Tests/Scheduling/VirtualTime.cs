namespace CloudStream.Simulation.Tests.Scheduling;

/// <summary>
/// One process's clocks: they run at the scheduler's pace times a drift; the wall clock may jump, the monotonic one never does. A clock of
/// our own, as a fake one that a test advances knows nothing of processes that share one time and drift apart, and fires its timers itself:
/// here they are steps of the scheduler, which the seed puts in order.
/// </summary>
internal sealed class VirtualTime(Scheduler scheduler, Actor actor, double drift) : TimeProvider
{
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => 1_000_000_000 + (long)(scheduler.Now * drift);

    public override DateTimeOffset GetUtcNow() => s_start + Offset + TimeSpan.FromTicks((long)(scheduler.Now * drift));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        scheduler.CheckStepOf(actor, "A timer");
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private long _generation;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var generation = ++_generation;
            if (dueTime != Timeout.InfiniteTimeSpan)
                Arm(dueTime, period, generation);
            return true;
        }

        public void Dispose() => _generation++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm(TimeSpan due, TimeSpan period, long generation) => time.Schedule(due, () =>
        {
            if (_generation != generation)
                return;
            if (period > TimeSpan.Zero)
                Arm(period, period, generation);
            callback(state);
        });
    }

    // A tick more than asked for: no timer may fire before its time has passed on the process's own clock.
    private void Schedule(TimeSpan due, Action fire) =>
        scheduler.After(TimeSpan.FromTicks((long)Math.Ceiling(due.Ticks / drift) + 1), actor, fire);
}
