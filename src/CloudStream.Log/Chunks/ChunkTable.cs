using System.Collections.Immutable;
using CloudStream.Log.Cache;
using CloudStream.Log.State;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Chunks;

/// <summary>Where the chunks of a merged object lie: what readers need of its directory. Immutable.</summary>
internal sealed class ChunkTable : Block
{
    private const int ObjectBytes = 128;
    private const int SliceBytes = 120;
    private const int ChunkBytes = 24;
    private readonly ImmutableArray<MergedSlice> _slices;
    private readonly long[] _positions;

    public ChunkTable(MergeDirectory directory)
        : base(ObjectBytes + directory.Slices.Sum(s => SliceBytes + ((long)ChunkBytes * s.Chunks.Length)))
    {
        _slices = directory.Slices;
        _positions = new long[_slices.Length];
        long position = SegmentLayout.HeaderBytes;
        for (var i = 0; i < _slices.Length; i++)
        {
            _positions[i] = position;
            position += _slices[i].Bytes;
        }
    }

    /// <summary>
    /// The first chunk that ends after <paramref name="offset"/> and may hold a record of at least <paramref name="timestamp"/>.
    /// </summary>
    /// <param name="shard">The shard whose object it is.</param>
    /// <param name="slice">The slice as the index describes it.</param>
    /// <param name="offset">An offset of the slice.</param>
    /// <param name="timestamp">Milliseconds; <see cref="long.MinValue"/> for any.</param>
    /// <param name="location">The chunk; its end offset is 0 when there is none.</param>
    /// <returns>False when the directory knows no such slice.</returns>
    public bool TryFind(int shard, Slice slice, long offset, long timestamp, out ChunkLocation location)
    {
        location = default;
        var index = Array.BinarySearch(_positions, slice.Position);
        if (index < 0 || _slices[index] is not { } merged || merged.Bytes != slice.Bytes || merged.BaseOffset != slice.BaseOffset
            || merged.EndOffset != slice.EndOffset)
            return false;
        var (position, start) = (slice.Position, slice.BaseOffset);
        foreach (var chunk in merged.Chunks)
        {
            if (chunk.EndOffset > offset && chunk.MaxTimestamp >= timestamp)
            {
                location = new ChunkLocation(new BlockKey(shard, slice.Object, position), chunk.Bytes, start, chunk.EndOffset,
                    slice.LeaderEpoch);
                return true;
            }

            (position, start) = (position + chunk.Bytes, chunk.EndOffset);
        }

        return true;
    }
}
