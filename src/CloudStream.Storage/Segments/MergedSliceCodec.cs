using System.Collections.Immutable;
using CloudStream.Storage.Formats;

namespace CloudStream.Storage.Segments;

/// <summary>Merged slices and, in footers only, their chunks. Slots and timestamps are differences to what comes before.</summary>
internal static class MergedSliceCodec
{
    // Where no record has a time, the log keeps there when they were written (UndatedTime).
    private const long LeastTimestamp = -(1L << 52);

    private const int MinSliceBytes = 5;
    private const int MinChunkBytes = 3;

    public static void Write(FormatWriter writer, ReadOnlySpan<MergedSlice> slices)
    {
        writer.Count(slices.Length);
        long slot = 0, timestamp = 0;
        foreach (var slice in slices)
        {
            Check(slice);
            writer.Signed(slice.Slot - slot);
            writer.Count(slice.Bytes);
            writer.Count(slice.BaseOffset);
            writer.Count(slice.EndOffset - slice.BaseOffset);
            writer.Signed(slice.MaxTimestamp - timestamp);
            (slot, timestamp) = (slice.Slot, slice.MaxTimestamp);
        }
    }

    public static ImmutableArray<MergedSlice> Read(ref FormatReader reader)
    {
        var slices = ImmutableArray.CreateBuilder<MergedSlice>(reader.ElementCount(MinSliceBytes));
        long slot = 0, timestamp = 0;
        while (slices.Count < slices.Capacity)
        {
            slot += reader.Signed();
            var bytes = reader.Count();
            var start = reader.Count();
            var end = unchecked(start + reader.Count());
            timestamp += reader.Signed();
            if (slot is < 0 or > int.MaxValue || bytes == 0 || end <= start || timestamp < LeastTimestamp)
                throw reader.Corrupt($"a slice of slot {slot} has {bytes} bytes, offsets {start} to {end} and timestamp {timestamp}");
            slices.Add(new MergedSlice((int)slot, bytes, start, end, timestamp, []));
        }

        return slices.MoveToImmutable();
    }

    public static void WriteChunks(FormatWriter writer, MergedSlice slice)
    {
        writer.Count(slice.Chunks.Length);
        var (offset, timestamp) = (slice.BaseOffset, slice.MaxTimestamp);
        foreach (var chunk in slice.Chunks)
        {
            writer.Count(chunk.Bytes);
            writer.Count(chunk.EndOffset - offset);
            writer.Signed(chunk.MaxTimestamp - timestamp);
            (offset, timestamp) = (chunk.EndOffset, chunk.MaxTimestamp);
        }

        if (!ChunksMakeUp(slice))
            throw new ArgumentException($"the chunks are not the slice {slice}", nameof(slice));
    }

    public static MergedSlice ReadChunks(ref FormatReader reader, MergedSlice slice)
    {
        var chunks = ImmutableArray.CreateBuilder<SliceChunk>(reader.ElementCount(MinChunkBytes));
        var (offset, timestamp) = (slice.BaseOffset, slice.MaxTimestamp);
        while (chunks.Count < chunks.Capacity)
        {
            var bytes = reader.Count32();
            offset = unchecked(offset + reader.Count());
            timestamp += reader.Signed();
            chunks.Add(new SliceChunk(bytes, offset, timestamp));
        }

        slice = slice with { Chunks = chunks.MoveToImmutable() };
        return ChunksMakeUp(slice) ? slice : throw reader.Corrupt($"the chunks are not the slice {slice}");
    }

    private static bool ChunksMakeUp(MergedSlice slice)
    {
        var (bytes, offset) = (0L, slice.BaseOffset);
        foreach (var chunk in slice.Chunks)
        {
            if (chunk.Bytes <= 0 || chunk.EndOffset <= offset || chunk.MaxTimestamp < -1)
                return false;
            (bytes, offset) = (bytes + chunk.Bytes, chunk.EndOffset);
        }

        return bytes == slice.Bytes && offset == slice.EndOffset;
    }

    // What cannot be read back must not be written.
    private static void Check(MergedSlice slice)
    {
        if (slice.Slot < 0 || slice.Bytes <= 0 || slice.BaseOffset < 0 || slice.EndOffset <= slice.BaseOffset
            || slice.MaxTimestamp < LeastTimestamp)
            throw new ArgumentException($"not a merged slice: {slice}", nameof(slice));
    }
}
