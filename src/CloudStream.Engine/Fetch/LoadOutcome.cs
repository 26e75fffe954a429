using CloudStream.Storage;

namespace CloudStream.Engine.Fetch;

/// <summary>A block, referenced for its receiver, or why there is none.</summary>
internal readonly record struct LoadOutcome(Block? Block, StoreException? Failure);
