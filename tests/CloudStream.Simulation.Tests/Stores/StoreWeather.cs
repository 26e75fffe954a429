using CloudStream.Simulation.Tests.Scheduling;
using CloudStream.Storage;

namespace CloudStream.Simulation.Tests.Stores;

/// <summary>
/// What becomes of a call: when it takes effect (null: never), when the caller hears of it, and what it hears instead of the result (null:
/// the result).
/// </summary>
internal readonly record struct Fate(TimeSpan? Effect, TimeSpan Reply, StoreErrorKind? Error);

/// <summary>One store's faults: rates, and whether it is away or throttles just now. The seed draws the fate of each call.</summary>
internal sealed class StoreWeather(Scheduler scheduler, Random random)
{
    /// <summary>What goes wrong by chance.</summary>
    public FaultRates Rates { get; set; } = FaultRates.None;

    /// <summary>Until when every call fails.</summary>
    public long AwayUntil { get; set; }

    /// <summary>Until when most calls are turned away.</summary>
    public long ThrottledUntil { get; set; }

    /// <summary>Draws the fate of a call.</summary>
    public Fate Draw(bool isWrite)
    {
        var there = Latency();
        var back = there + Latency();
        if (scheduler.Now < AwayUntil)
            return new Fate(null, back, isWrite && random.Next(2) == 0 ? StoreErrorKind.Ambiguous : StoreErrorKind.Unavailable);
        if (scheduler.Now < ThrottledUntil && random.Next(4) != 0)
            return new Fate(null, back, StoreErrorKind.Throttled);
        var lost = isWrite ? StoreErrorKind.Ambiguous : StoreErrorKind.Unavailable;
        var draw = random.NextDouble();
        if ((draw -= Rates.Fail) < 0)
            return new Fate(null, back, StoreErrorKind.Unavailable);
        if ((draw -= Rates.LostReply) < 0)
            return new Fate(there, back, lost);
        if ((draw -= Rates.LostRequest) < 0)
            return new Fate(null, back, lost);
        if ((draw -= Rates.Delayed) < 0)
            return new Fate(Rates.MaxDelay * random.NextDouble(), back, lost);
        return draw - Rates.Slow < 0
            ? new Fate(there + (Rates.MaxSlow * random.NextDouble()), back + Rates.MaxSlow, null)
            : new Fate(there, back, null);
    }

    /// <summary>How old the answer of a list is.</summary>
    public TimeSpan DrawListAge() => random.NextDouble() < Rates.StaleList ? TimeSpan.FromSeconds(30) * random.NextDouble() : TimeSpan.Zero;

    private TimeSpan Latency() => Rates.Latency * (0.25 + (0.5 * random.NextDouble()));
}
