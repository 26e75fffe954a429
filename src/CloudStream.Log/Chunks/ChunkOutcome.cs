using CloudStream.Storage;

namespace CloudStream.Log.Chunks;

/// <summary>Where a chunk lies (an end offset of 0: there is none), or why it cannot be known.</summary>
internal readonly record struct ChunkOutcome(ChunkLocation Location, StoreException? Failure);
