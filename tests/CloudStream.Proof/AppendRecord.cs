using CloudStream.Log.Calls;

namespace CloudStream.Proof;

/// <summary>One append as its client saw it, all retries of the same batch together.</summary>
public sealed class AppendRecord
{
    public required string Client { get; init; }

    public required int Partition { get; init; }

    public required string[] Values { get; init; }

    /// <summary>Whether the batch carries sequences; retries then are one append.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>Where the log must end; -1 for anywhere.</summary>
    public long ExpectedOffset { get; init; } = -1;

    /// <summary>Tick of the first attempt.</summary>
    public long Invoked { get; init; }

    /// <summary>Tick of the answer; long.MaxValue while there is none.</summary>
    public long Completed { get; set; } = long.MaxValue;

    public AppendOutcome Outcome { get; set; }

    public ErrorCode Error { get; set; }

    public long BaseOffset { get; set; } = -1;

    /// <summary>What the answer said about where the log ends; -1 for nothing.</summary>
    public long LogEnd { get; set; } = -1;

    public override string ToString() =>
        $"{Client} p{Partition} [{string.Join(' ', Values)}] steps {Invoked}-{Completed} {Outcome} {Error} at {BaseOffset}";
}
