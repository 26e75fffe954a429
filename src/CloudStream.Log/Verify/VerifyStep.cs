using CloudStream.Log.Cache;
using CloudStream.Storage;

namespace CloudStream.Log.Verify;

/// <summary>One step along a partition's log.</summary>
/// <param name="NextOffset">Where the next step begins.</param>
/// <param name="Failure">Why what was looked at cannot be read; null when it can.</param>
/// <param name="Failed">What that is.</param>
internal readonly record struct VerifyStep(long NextOffset, StoreException? Failure, FailedBlock Failed);
