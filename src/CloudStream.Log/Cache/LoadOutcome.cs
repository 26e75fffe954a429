using CloudStream.Storage;

namespace CloudStream.Log.Cache;

/// <summary>A block, referenced for its receiver, or why there is none.</summary>
internal readonly record struct LoadOutcome(Block? Block, StoreException? Failure);
