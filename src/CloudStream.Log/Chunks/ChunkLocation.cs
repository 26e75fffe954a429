using CloudStream.Log.Cache;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Chunks;

/// <summary>Where a run of whole batches lies, and which offsets it holds.</summary>
/// <param name="Key">Shard, object and position.</param>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="BaseOffset">First offset that it covers.</param>
/// <param name="EndOffset">One past the last offset that it covers.</param>
/// <param name="LeaderEpoch">The epoch to write into the headers of a flushed slice; in a merged slice the largest epoch that they may
/// hold.</param>
internal readonly record struct ChunkLocation(BlockKey Key, int Bytes, long BaseOffset, long EndOffset, int LeaderEpoch)
{
    /// <summary>Whether the headers hold committed offsets and epochs already.</summary>
    public bool IsMerged => Key.Object.Kind == ObjectKind.Merged;
}
