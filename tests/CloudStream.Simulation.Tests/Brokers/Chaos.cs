using CloudStream.Log.Options;
using CloudStream.Simulation.Tests.Stores;

namespace CloudStream.Simulation.Tests.Brokers;

/// <summary>Draws what befalls whole processes and stores, and when; ends it all when the faulty time is over.</summary>
internal sealed class Chaos(World world)
{
    private readonly Random _random = new(world.Random.Next());
    private bool _isOver;

    public void Begin()
    {
        var rates = world.Scenario.Chaos;
        Often(rates.Crashes, () => OnBroker(b => b.IsUp, Crash));
        Often(rates.Pauses, () => OnBroker(b => b.IsReady && !b.IsPaused, Pause));
        Often(rates.Drains, () => OnBroker(b => b.IsReady && !b.IsPaused, Drain));
        Often(rates.ClockJumps, () => OnBroker(b => b.IsUp, b => b.JumpClock(TimeSpan.FromMinutes((_random.NextDouble() - 0.5) * 20))));
        Often(rates.Damages, Damage);
        if (rates.PauseAfterLostReply > 0)
            PauseAfterLostReply(rates.PauseAfterLostReply);
        Often(rates.Outages, () => OnStore(w => w.AwayUntil = world.Scheduler.Now + Upto(rates.MaxOutage).Ticks));
        Often(rates.Throttlings, () => OnStore(w => w.ThrottledUntil = world.Scheduler.Now + Upto(rates.MaxOutage).Ticks));
    }

    // A process that sleeps right after a commit whose reply was lost, until the ring has come by again, is rare otherwise.
    private void PauseAfterLostReply(double probability) => world.ReplyLost = (actor, key) =>
    {
        if (!_isOver && key.StartsWith(JournalRing.Prefix, StringComparison.Ordinal) && _random.NextDouble() < probability
            && world.Brokers.Find(b => b.Is(actor)) is { IsReady: true, IsPaused: false } broker)
        {
            Pause(broker);
        }
    };

    /// <summary>From here on nothing goes wrong any more; whoever is down or asleep comes back.</summary>
    public void End()
    {
        _isOver = world.IsCalm = true;
        foreach (var weather in new[] { world.Objects, world.Metadata })
            (weather.Rates, weather.AwayUntil, weather.ThrottledUntil) = (FaultRates.None, 0, 0);
        foreach (var broker in world.Brokers.Where(b => b.IsPaused))
            broker.Resume();
        foreach (var broker in world.Brokers.Where(b => !b.IsUp))
            broker.Start();
    }

    // Exponential gaps, so that faults come in clusters too.
    private void Often(double perMinute, Action strike)
    {
        if (perMinute <= 0)
            return;
        var gap = TimeSpan.FromMinutes(-Math.Log(1 - _random.NextDouble()) / perMinute);
        world.Scheduler.After(gap, world.Scheduler.World, () =>
        {
            if (_isOver)
                return;
            strike();
            Often(perMinute, strike);
        });
    }

    private void OnBroker(Func<SimulatedBroker, bool> eligible, Action<SimulatedBroker> strike)
    {
        var brokers = world.Brokers.Where(eligible).ToList();
        if (brokers.Count > 0)
            strike(brokers[_random.Next(brokers.Count)]);
    }

    private void OnStore(Action<StoreWeather> strike) => strike(_random.Next(2) == 0 ? world.Objects : world.Metadata);

    private void Damage()
    {
        if (world.Auditor.DrawRecordByte(_random) is var (name, position))
        {
            world.Scheduler.Trace.Note(world.Scheduler.Now, "world", "flips a bit of", name, $"at {position}");
            world.Shelf.Damage(name, position);
        }
    }

    private void Crash(SimulatedBroker broker)
    {
        broker.Crash();
        Later(TimeSpan.FromSeconds(12), () => StartAgain(broker));
    }

    private void Pause(SimulatedBroker broker)
    {
        broker.Pause();
        Later(world.Scenario.Chaos.MaxPause, () =>
        {
            if (broker.IsPaused)
                broker.Resume();
        });
    }

    private void Drain(SimulatedBroker broker)
    {
        broker.Drain();
        Later(TimeSpan.FromSeconds(20), () => StartAgain(broker));
    }

    private void StartAgain(SimulatedBroker broker)
    {
        if (!broker.IsUp && !_isOver)
            broker.Start();
    }

    private void Later(TimeSpan atMost, Action action) => world.Scheduler.After(Upto(atMost), world.Scheduler.World, action);

    private TimeSpan Upto(TimeSpan atMost) => atMost * _random.NextDouble();
}
