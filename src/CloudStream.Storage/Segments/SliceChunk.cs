namespace CloudStream.Storage.Segments;

/// <summary>A run of whole batches inside a merged slice.</summary>
/// <param name="Bytes">Length in bytes.</param>
/// <param name="EndOffset">One past the last offset that the chunk covers; it begins where its predecessor (or the slice) begins.</param>
/// <param name="MaxTimestamp">Largest record timestamp in the chunk; -1 when unknown.</param>
public readonly record struct SliceChunk(int Bytes, long EndOffset, long MaxTimestamp);
