using CloudStream.Storage;

namespace CloudStream.Engine.Fetch;

/// <summary>An answer, or why there is none.</summary>
internal readonly record struct OffsetOutcome(OffsetResult Result, StoreException? Failure);
