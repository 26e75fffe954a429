using CloudStream.Engine.State;
using CloudStream.Storage;

namespace CloudStream.Engine.Fetch;

/// <summary>A slice, or none, or why it cannot be known.</summary>
internal readonly record struct SliceOutcome(Slice? Slice, StoreException? Failure);
