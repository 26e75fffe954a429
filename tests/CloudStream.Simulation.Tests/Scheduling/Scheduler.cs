using System.Collections.Concurrent;

namespace CloudStream.Simulation.Tests.Scheduling;

/// <summary>
/// The simulation's one thread: runs what is runnable in an order that the seed draws, and moves the clock to the next due moment when
/// nothing is. Everything that happens is a step of some <see cref="Actor"/>.
/// </summary>
internal sealed class Scheduler
{
    /// <summary>Steps without the clock moving, after which the run counts as a livelock.</summary>
    private const int MaxStepsPerMoment = 100_000;

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly PriorityQueue<(Actor Actor, Action Run), (long Due, long Order)> _timers = new();
    private readonly List<Step> _runnable = [];
    private readonly ConcurrentQueue<string> _leaks = new();
    private readonly Random _random;
    private readonly bool _fifo;
    private ViolationException? _failure;
    private long _order;

    public Scheduler(int seed, Trace trace, bool fifo)
    {
        _random = new Random(seed);
        Trace = trace;
        _fifo = fifo;
        World = new Actor(this, "world");
    }

    public Trace Trace { get; }

    /// <summary>Whoever is neither broker nor client: stores, networks, faults.</summary>
    public Actor World { get; }

    /// <summary>Virtual time since the beginning, in ticks of 100 ns.</summary>
    public long Now { get; private set; }

    /// <summary>Steps so far: orders what happens at the same moment.</summary>
    public long Steps { get; private set; }

    /// <summary>Ends the run: a property does not hold. The first failure counts.</summary>
    public void Fail(ViolationException failure) => _failure ??= failure;


    /// <summary>Queues a continuation.</summary>
    public void Enqueue(Actor actor, SendOrPostCallback callback, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            _leaks.Enqueue($"A continuation of {actor.Name} came from another thread:\n{Environment.StackTrace}");
            return;
        }

        _runnable.Add(new Step(actor, callback, state));
    }

    /// <summary>Runs <paramref name="action"/> as a step of <paramref name="actor"/> after a delay.</summary>
    public void After(TimeSpan delay, Actor actor, Action action) => At(Now + Math.Max(0, delay.Ticks), actor, action);

    /// <summary>Runs <paramref name="action"/> as a step of <paramref name="actor"/> at a moment.</summary>
    public void At(long due, Actor actor, Action action)
    {
        CheckThread(actor.Name);
        _timers.Enqueue((actor, action), (due, _order++));
    }

    /// <summary>Fails unless the caller is a step of <paramref name="actor"/>.</summary>
    public void CheckStepOf(Actor actor, string what)
    {
        CheckThread(what);
        if (!ReferenceEquals(SynchronizationContext.Current, actor))
            _leaks.Enqueue(
                $"{what} of {actor.Name} was called from {(SynchronizationContext.Current as Actor)?.Name ?? "nowhere"}:\n"
                    + $"{Environment.StackTrace}");
    }

    /// <summary>
    /// Runs until <paramref name="isDone"/>, until nothing is left to happen, or until the moment <paramref name="until"/> has passed.
    /// </summary>
    public void Run(Func<bool> isDone, long until)
    {
        var before = SynchronizationContext.Current;
        try
        {
            RunSteps(isDone, until);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        if (_failure is not null)
            throw _failure;
        if (_leaks.TryPeek(out var leak))
            throw new ViolationException("one thread", leak);
    }

    private void RunSteps(Func<bool> isDone, long until)
    {
        var stepsAtMoment = 0;
        while (_failure is null && _leaks.IsEmpty && !isDone())
        {
            if (_runnable.Count > 0)
            {
                if (++stepsAtMoment > MaxStepsPerMoment)
                    throw new ViolationException("livelock",
                        $"{MaxStepsPerMoment} steps without the clock moving; the last one was of {Take().Actor.Name}.");
                Execute(Take());
                continue;
            }

            if (!_timers.TryPeek(out _, out var next) || next.Due > until)
            {
                Now = Math.Max(Now, until);
                return;
            }

            stepsAtMoment = next.Due > Now ? 0 : stepsAtMoment;
            Now = Math.Max(Now, next.Due);
            while (_timers.TryPeek(out var timer, out next) && next.Due <= Now)
            {
                _timers.Dequeue();
                timer.Actor.Post(static run => ((Action)run!)(), timer.Run);
            }
        }
    }

    private Step Take()
    {
        if (_fifo)
        {
            var first = _runnable[0];
            _runnable.RemoveAt(0);
            return first;
        }

        var index = _random.Next(_runnable.Count);
        var step = _runnable[index];
        _runnable[index] = _runnable[^1];
        _runnable.RemoveAt(_runnable.Count - 1);
        return step;
    }

    private void Execute(Step step)
    {
        if (!step.Actor.Admits(step.Callback, step.State))
            return;
        Steps++;
        Trace.Step(Now, step.Actor.Name);
        SynchronizationContext.SetSynchronizationContext(step.Actor);
        step.Callback(step.State);
        SynchronizationContext.SetSynchronizationContext(null);
    }

    private void CheckThread(string what)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            _leaks.Enqueue($"{what} was called from another thread:\n{Environment.StackTrace}");
    }

    private readonly record struct Step(Actor Actor, SendOrPostCallback Callback, object? State);
}
