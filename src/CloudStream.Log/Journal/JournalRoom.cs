namespace CloudStream.Log.Journal;

/// <summary>
/// What the next slot of a ring may still hold before a checkpoint covers more. In order: each is for what those above it are, too.
/// </summary>
internal enum JournalRoom
{
    /// <summary>The last slot of the lap: a checkpoint alone.</summary>
    ForCheckpoints,

    /// <summary>The reserve: also what lets the shard go on, holder changes and horizons.</summary>
    ForHeads,

    /// <summary>Everything.</summary>
    ForAll,
}
