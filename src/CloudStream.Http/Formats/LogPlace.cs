namespace CloudStream.Http.Formats;

/// <summary>Where a page ends in its partition's log.</summary>
/// <param name="NextOffset">Where to go on.</param>
/// <param name="HighWatermark">The end of what can be read.</param>
/// <param name="LogStartOffset">The first offset that is there.</param>
internal readonly record struct LogPlace(long NextOffset, long HighWatermark, long LogStartOffset);
