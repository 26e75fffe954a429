using CloudStream.Log.State;

namespace CloudStream.Log.Journal;

/// <summary>What became of a control entry.</summary>
internal enum CommitResult
{
    /// <summary>It is committed.</summary>
    Applied,

    /// <summary>Its proposer took it back on seeing the newest state; it is not committed and never will be.</summary>
    Withdrawn,

    /// <summary>Its object was born before the horizon: it is not committed; write the object again under a new name.</summary>
    Void,

    /// <summary>It may or may not be committed; what it refers to must be left alone.</summary>
    Unknown,

    /// <summary>It is not committed: the store refuses for good or the shard is stopping.</summary>
    Failed,
}

/// <summary>The outcome of a control entry: what became of it, and the newest state.</summary>
internal readonly record struct CommitOutcome(CommitResult Result, ShardState State);
