namespace CloudStream.Simulation.Tests.Stores;

/// <summary>How often a store call meets which fault; each number is a probability per call.</summary>
internal sealed record FaultRates
{
    public static readonly FaultRates None = new();

    /// <summary>Fails before it takes effect.</summary>
    public double Fail { get; init; }

    /// <summary>Takes effect, and the reply is lost.</summary>
    public double LostReply { get; init; }

    /// <summary>Never takes effect, but the caller cannot know.</summary>
    public double LostRequest { get; init; }

    /// <summary>The caller is told that the outcome is unknown, and the call takes effect later.</summary>
    public double Delayed { get; init; }

    /// <summary>How much later, at most.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Takes long.</summary>
    public double Slow { get; init; }

    /// <summary>How long, at most.</summary>
    public TimeSpan MaxSlow { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A list shows the store as it was a while ago.</summary>
    public double StaleList { get; init; }

    /// <summary>Usual time of a call, there and back.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(4);
}
