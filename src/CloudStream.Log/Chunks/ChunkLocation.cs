using CloudStream.Log.Cache;
using CloudStream.Log.Entries;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Chunks;

/// <summary>Where a run of whole batches lies, and which offsets it holds.</summary>
/// <param name="Key">Shard, object and position.</param>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="BaseOffset">First offset that it covers.</param>
/// <param name="EndOffset">One past the last offset that it covers.</param>
/// <param name="LeaderEpoch">The epoch to write into the headers of a flushed slice; in a merged slice the largest epoch that they may
/// hold.</param>
/// <param name="Records">The records of its flush, where they lie in a slot of the journal and in no object.</param>
internal readonly record struct ChunkLocation(
    BlockKey Key, int Bytes, long BaseOffset, long EndOffset, int LeaderEpoch, InlineRecords? Records = null)
{
    /// <summary>The same for those who can send from files; small chunks are read into memory for them, too.</summary>
    public ChunkLocation MayStayInFile => Bytes < FileChunk.LeastBytes ? this : this with { Key = Key with { MayStayInFile = true } };

    /// <summary>The same for those who want the bytes in memory.</summary>
    public ChunkLocation MustBeRead => this with { Key = Key with { MayStayInFile = false } };

    /// <summary>Whether the headers hold committed offsets and epochs already.</summary>
    public bool IsMerged => Key.Object.Kind == ObjectKind.Merged;
}
