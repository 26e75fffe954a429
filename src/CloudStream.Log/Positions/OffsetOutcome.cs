using CloudStream.Log.Calls;
using CloudStream.Storage;

namespace CloudStream.Log.Positions;

/// <summary>An answer, or why there is none.</summary>
internal readonly record struct OffsetOutcome(OffsetResult Result, StoreException? Failure);
