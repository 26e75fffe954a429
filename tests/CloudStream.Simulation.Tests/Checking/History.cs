using CloudStream.Engine;
using CloudStream.Simulation.Tests.Scheduling;

namespace CloudStream.Simulation.Tests.Checking;

/// <summary>What a client knows of an append.</summary>
internal enum AppendOutcome
{
    /// <summary>It may or may not be in the log.</summary>
    Unknown,

    /// <summary>It is in the log, where it says.</summary>
    Acknowledged,

    /// <summary>It is not in the log and never will be.</summary>
    Refused,
}

/// <summary>One append as its client saw it, all retries of the same batch together.</summary>
internal sealed class AppendRecord
{
    public required string Client { get; init; }

    public required int Partition { get; init; }

    public required string[] Values { get; init; }

    /// <summary>Whether the batch carries sequences; retries then are one append.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>Where the log must end; -1 for anywhere.</summary>
    public long ExpectedOffset { get; init; } = -1;

    /// <summary>Step of the first attempt.</summary>
    public long Invoked { get; init; }

    /// <summary>Step of the answer; long.MaxValue while there is none.</summary>
    public long Completed { get; set; } = long.MaxValue;

    public AppendOutcome Outcome { get; set; }

    public ErrorCode Error { get; set; }

    public long BaseOffset { get; set; } = -1;

    /// <summary>What the answer said about where the log ends; -1 for nothing.</summary>
    public long LogEnd { get; set; } = -1;

    public override string ToString() => $"{Client} p{Partition} [{string.Join(' ', Values)}] steps {Invoked}-{Completed} {Outcome} {Error} at {BaseOffset}";
}

/// <summary>Something that one observer learned of a partition's frontiers or records.</summary>
/// <param name="Client">The observer.</param>
/// <param name="Broker">The process that answered.</param>
/// <param name="IsFresh">Whether every answer of that process rests on a strong read, because it never holds a lease.</param>
/// <param name="Partition">Of what.</param>
/// <param name="Invoked">Step of the question.</param>
/// <param name="Completed">Step of the answer.</param>
/// <param name="LogStart">-1 when nothing was said about it.</param>
/// <param name="HighWatermark">One past the last committed record.</param>
/// <param name="Records">What was read.</param>
internal sealed record Observation(
    string Client, string Broker, bool IsFresh, int Partition, long Invoked, long Completed, long LogStart, long HighWatermark, IReadOnlyList<(long Offset, string Value)> Records);

/// <summary>Everything that clients saw.</summary>
internal sealed class History(Scheduler scheduler)
{
    public List<AppendRecord> Appends { get; } = [];

    public List<Observation> Observations { get; } = [];

    /// <summary>Orders events.</summary>
    public long Now => scheduler.Steps;

    public AppendRecord Begin(string client, int partition, string[] values, bool isIdempotent = false, long expectedOffset = -1)
    {
        var append = new AppendRecord
        {
            Client = client,
            Partition = partition,
            Values = values,
            IsIdempotent = isIdempotent,
            ExpectedOffset = expectedOffset,
            Invoked = Now,
        };
        Appends.Add(append);
        return append;
    }
}
