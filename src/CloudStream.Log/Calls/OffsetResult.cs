namespace CloudStream.Log.Calls;

/// <summary>The answer to an <see cref="OffsetSpec"/>.</summary>
/// <param name="Error">None, or why there is no answer.</param>
/// <param name="Offset">The offset; -1 when no record is that new.</param>
/// <param name="TimestampMs">The record's timestamp for time look-ups; -1 otherwise.</param>
/// <param name="LeaderEpoch">The leader epoch of the record (or of the log's end); -1 when unknown.</param>
/// <param name="Detail">What and where; null on success.</param>
public readonly record struct OffsetResult(
    ErrorCode Error, long Offset = -1, long TimestampMs = -1, int LeaderEpoch = -1, string? Detail = null);
