namespace CloudStream.Proof;

/// <summary>What a client knows of an append.</summary>
public enum AppendOutcome
{
    /// <summary>It may or may not be in the log.</summary>
    Unknown,

    /// <summary>It is in the log, where it says.</summary>
    Acknowledged,

    /// <summary>It is not in the log and never will be.</summary>
    Refused,
}
