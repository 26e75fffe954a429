namespace CloudStream.Log.Cache;

/// <summary>A block that could not be read.</summary>
/// <param name="Key">Which block; null when it is the index itself that makes no sense.</param>
/// <param name="BaseOffset">The first offset that cannot be read for want of it.</param>
/// <param name="EndOffset">One past the last such offset.</param>
internal readonly record struct FailedBlock(BlockKey? Key, long BaseOffset, long EndOffset);
