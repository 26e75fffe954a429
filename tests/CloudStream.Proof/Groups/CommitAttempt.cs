using CloudStream.Cluster.Groups;

namespace CloudStream.Proof.Groups;

/// <summary>One commit of one partition's offset, as whoever sent it saw it.</summary>
public sealed class CommitAttempt
{
    public required string Group { get; init; }

    public required int Partition { get; init; }

    public required long Offset { get; init; }

    /// <summary>The offset's metadata; no two commits of a group and partition share it.</summary>
    public required string Token { get; init; }

    /// <summary>Empty for one that is no member.</summary>
    public string MemberId { get; init; } = "";

    public string? InstanceId { get; init; }

    /// <summary>-1 for one that is no member.</summary>
    public int Generation { get; init; } = -1;

    /// <summary>Tick of the call.</summary>
    public long Invoked { get; init; }

    /// <summary>Tick of the answer; long.MaxValue while there is none.</summary>
    public long Completed { get; set; } = long.MaxValue;

    public AppendOutcome Outcome { get; set; }

    public GroupError Error { get; set; }

    public override string ToString() =>
        $"commit {Token} of {Group} p{Partition} at {Offset} by '{MemberId}' in generation {Generation}, steps {Invoked}-{Completed}, "
            + $"{Outcome} {Error}";
}
