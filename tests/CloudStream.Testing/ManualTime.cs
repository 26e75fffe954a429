using Microsoft.Extensions.Time.Testing;

namespace CloudStream.Testing;

/// <summary>
/// A <see cref="FakeTimeProvider"/>, which stands still until a test advances it, and what that lacks: it says which timers are set, goes
/// on to the next of them by itself, and has a wall clock that can be set while time stands. As there, a step of time is like a pause of
/// the process: what fell due meanwhile finds the time at its end. Thread-safe.
/// </summary>
public sealed class ManualTime() : FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero))
{
    // Of a test that waits for something that nobody will do.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    // A timer that was being set while time went on is due later than it is noted for.
    private static readonly TimeSpan s_late = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<Alarm> _alarms = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _wall;

    /// <summary>How many timers are set.</summary>
    public int Timers
    {
        get
        {
            lock (_lock)
                return _alarms.Count;
        }
    }

    // Completes with the next timer that is set.
    private Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return base.GetUtcNow() + _wall;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    /// <summary>Sets the wall clock forward, or back by less than nothing. Timers and timestamps take no notice.</summary>
    public void SetWall(TimeSpan by)
    {
        lock (_lock)
            _wall += by;
    }

    /// <summary>Moves time on to the next timer and fires it, with all that are due then; false when none is set.</summary>
    public bool AdvanceToNextTimer()
    {
        TimeSpan step;
        lock (_lock)
        {
            if (_alarms.Count == 0)
                return false;
            step = TimeSpan.FromTicks(_alarms.Min(a => a.DueAt) - GetTimestamp());
        }

        Advance(step > TimeSpan.Zero ? step : s_late);
        return true;
    }

    /// <summary>
    /// Awaits a task, moving time on whenever nothing else happens. Fails after 20 s of real time in which the task waits for something
    /// that no timer brings.
    /// </summary>
    public async Task<T> RunAsync<T>(Task<T> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        await RunAsync((Task)task);
        return await task;
    }

    /// <summary>The same for a task without a result.</summary>
    public async Task RunAsync(Task task)
    {
        ArgumentNullException.ThrowIfNull(task);
        while (!task.IsCompleted)
        {
            var changed = Changed;
            await Task.Yield();
            if (!task.IsCompleted && !AdvanceToNextTimer())
                await Task.WhenAny(task, changed).WaitAsync(s_patience, System);
        }

        await task;
    }

    /// <summary>Waits until some timer is set that fires after between so much and so much time.</summary>
    public Task TimerIsSetAsync(TimeSpan atLeast, TimeSpan atMost) => TimerIsSetAsync(atLeast, atMost, again: false);

    /// <summary>
    /// As <see cref="TimerIsSetAsync(TimeSpan, TimeSpan)"/>, of timers that were made before: limits of calls and requests are none.
    /// </summary>
    public Task TimerIsSetAgainAsync(TimeSpan atLeast, TimeSpan atMost) => TimerIsSetAsync(atLeast, atMost, again: true);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Set(dueTime, period, again: false);
        return timer;
    }

    private async Task TimerIsSetAsync(TimeSpan atLeast, TimeSpan atMost, bool again)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var (now, isSet) = (GetTimestamp(), false);
                foreach (var alarm in _alarms)
                    isSet |= alarm.DueAt - now >= atLeast.Ticks && alarm.DueAt - now <= atMost.Ticks && (alarm.IsSetAgain || !again);
                if (isSet)
                    return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(s_patience, System);
        }
    }

    private ITimer CreateInner(TimerCallback callback, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, null, dueTime, period);

    /// <summary>What a timer is set to until it is set again: a timer of the library's, and a note of it.</summary>
    private sealed class Alarm
    {
        public required long DueAt { get; set; }

        public required TimeSpan Period { get; init; }

        public required bool IsSetAgain { get; init; }

        public ITimer? Inner { get; set; }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private Alarm? _alarm;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Set(dueTime, period, again: true);
            return true;
        }

        public void Set(TimeSpan dueTime, TimeSpan period, bool again)
        {
            Alarm? alarm = null;
            Alarm? before;
            lock (time._lock)
            {
                before = _alarm;
                if (before is not null)
                    time._alarms.Remove(before);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    alarm = new() { DueAt = time.GetTimestamp() + dueTime.Ticks, Period = period, IsSetAgain = again };
                    time._alarms.Add(alarm);
                    time._changed.TrySetResult();
                    time._changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                _alarm = alarm;
            }

            before?.Inner?.Dispose();
            if (alarm is not null)
                Arm(alarm, dueTime);
        }

        public void Dispose() => Set(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan, again: true);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        // Where nothing is left to wait for it fires here, and what it calls may set this timer again.
        private void Arm(Alarm alarm, TimeSpan dueTime)
        {
            var inner = time.CreateInner(_ => Fire(alarm), dueTime, alarm.Period);
            lock (time._lock)
            {
                alarm.Inner = inner;
                if (time._alarms.Contains(alarm))
                    return;
            }

            inner.Dispose();
        }

        private void Fire(Alarm alarm)
        {
            lock (time._lock)
            {
                if (!time._alarms.Contains(alarm))
                    return;
                if (alarm.Period > TimeSpan.Zero)
                    alarm.DueAt += alarm.Period.Ticks;
                else
                    time._alarms.Remove(alarm);
            }

            callback(state);
        }
    }
}
