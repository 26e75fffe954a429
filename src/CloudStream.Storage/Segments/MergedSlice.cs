using System.Collections.Immutable;

namespace CloudStream.Storage.Segments;

/// <summary>
/// One partition's run of record batches inside a merged segment object, batch headers already holding their committed base offsets and
/// leader epochs. Slices lie in directory order, without gaps, from <see cref="SegmentLayout.HeaderBytes"/> on.
/// </summary>
/// <param name="Slot">The partition's slot in its shard.</param>
/// <param name="Bytes">Length of the slice in bytes.</param>
/// <param name="BaseOffset">First offset that the slice covers.</param>
/// <param name="EndOffset">One past the last offset that it covers.</param>
/// <param name="MaxTimestamp">Largest record timestamp, milliseconds since the epoch; below zero where no record has one (the log says what
/// it keeps instead).</param>
/// <param name="Chunks">The slice cut at batch boundaries into runs of about <see cref="SegmentLayout.ChunkBytes"/>: what a reader gets in
/// one range read. Empty only when decoded from a commit entry.</param>
public sealed record MergedSlice(
    int Slot, long Bytes, long BaseOffset, long EndOffset, long MaxTimestamp, ImmutableArray<SliceChunk> Chunks);
