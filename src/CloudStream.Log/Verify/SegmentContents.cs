using CloudStream.Log.Cache;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Verify;

/// <summary>
/// What a segment object says that it holds, by its own directory: kept small, as a shard's shared objects are asked once for each of
/// their partitions. Immutable.
/// </summary>
internal sealed class SegmentContents
{
    private readonly Part[] _parts;
    private readonly Run[] _runs;

    private SegmentContents(Part[] parts, Run[] runs) => (_parts, _runs) = (parts, runs);

    /// <summary>Reads and checks header, trailer and directory.</summary>
    /// <exception cref="StoreException">NotFound, Corrupt, or as the store fails.</exception>
    public static async ValueTask<SegmentContents> ReadAsync(
        ObjectReads reads, int shard, ObjectRef reference, CancellationToken cancellationToken)
    {
        var name = reference.NameIn(shard);
        var bytes = new byte[SegmentLayout.HeaderBytes];
        await reads.ReadExactlyAsync(name, 0, bytes, cancellationToken);
        var header = SegmentHeader.Decode(bytes);
        if (header.Reference != reference || header.Shard != shard)
            throw new StoreException(StoreErrorKind.Corrupt,
                $"the header of '{name}' is that of '{header.Reference.NameIn(header.Shard)}'");
        return reference.Kind == ObjectKind.Merged
            ? Of(await reads.RunAsync((store, c) => SegmentDirectoryReader.ReadMergeAsync(store, name, c), cancellationToken))
            : Of(await reads.RunAsync((store, c) => SegmentDirectoryReader.ReadFlushAsync(store, name, c), cancellationToken));
    }

    /// <summary>Why the object does not hold what the index says of it; null when it does.</summary>
    public string? Complain(int slot, Slice slice)
    {
        var first = Array.BinarySearch(_parts, new Part(slice.Position, 0, 0), Part.ByPosition);
        var (position, offsets) = (slice.Position, 0L);
        for (var i = first; i >= 0 && i + 1 < _parts.Length && position < slice.Position + slice.Bytes && _parts[i].Slot == slot; i++)
            (position, offsets) = (_parts[i + 1].Position, offsets + _parts[i].Offsets);
        return position == slice.Position + slice.Bytes && offsets == slice.EndOffset - slice.BaseOffset
            ? null
            : $"its directory does not know {slice.EndOffset - slice.BaseOffset} offsets of slot {slot} in {slice.Bytes} bytes at "
                + $"{slice.Position}";
    }

    /// <summary>The CRC-32C of the slice's bytes; null where the directory knows only that of more.</summary>
    public uint? CrcOf(Slice slice)
    {
        var index = Array.BinarySearch(_runs, new Run(slice.Position, 0, 0), Run.ByPosition);
        return index >= 0 && _runs[index].Bytes == slice.Bytes ? _runs[index].Crc : null;
    }

    private static SegmentContents Of(MergeDirectory directory)
    {
        var (parts, runs) = (new Part[directory.Slices.Length + 1], new Run[directory.Slices.Length]);
        long position = SegmentLayout.HeaderBytes;
        for (var i = 0; i < runs.Length; i++)
        {
            var slice = directory.Slices[i];
            parts[i] = new Part(position, slice.Slot, slice.EndOffset - slice.BaseOffset);
            runs[i] = new Run(position, slice.Bytes, directory.SliceCrcs[i]);
            position += slice.Bytes;
        }

        parts[^1] = new Part(position, -1, 0);
        return new SegmentContents(parts, runs);
    }

    private static SegmentContents Of(FlushDirectory directory)
    {
        var (parts, runs) = (new Part[directory.Items.Length + 1], new Run[directory.SliceCrcs.Length]);
        long position = SegmentLayout.HeaderBytes;
        var run = -1;
        for (var i = 0; i < directory.Items.Length; i++)
        {
            var item = directory.Items[i];
            parts[i] = new Part(position, item.Slot, item.Records);
            if (i == 0 || item.Slot != directory.Items[i - 1].Slot)
                runs[++run] = new Run(position, 0, directory.SliceCrcs[run]);
            runs[run] = runs[run] with { Bytes = runs[run].Bytes + item.Bytes };
            position += item.Bytes;
        }

        parts[^1] = new Part(position, -1, 0);
        return new SegmentContents(parts, runs);
    }

    /// <summary>An item of a flush, or a merged slice; the last one is where the slices end.</summary>
    private readonly record struct Part(long Position, int Slot, long Offsets)
    {
        public static readonly IComparer<Part> ByPosition = Comparer<Part>.Create(static (a, b) => a.Position.CompareTo(b.Position));
    }

    /// <summary>Bytes of one slot, of which the directory has the CRC-32C.</summary>
    private readonly record struct Run(long Position, long Bytes, uint Crc)
    {
        public static readonly IComparer<Run> ByPosition = Comparer<Run>.Create(static (a, b) => a.Position.CompareTo(b.Position));
    }
}
