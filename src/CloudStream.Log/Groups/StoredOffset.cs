namespace CloudStream.Log.Groups;

/// <summary>A committed offset.</summary>
/// <param name="Offset">The offset of the record to read next.</param>
/// <param name="LeaderEpoch">The leader epoch that came with it; -1 for unknown.</param>
/// <param name="CommitMs">When it was committed, milliseconds since 1970.</param>
/// <param name="Metadata">What the client left with it.</param>
public readonly record struct StoredOffset(long Offset, int LeaderEpoch, long CommitMs, string Metadata);
