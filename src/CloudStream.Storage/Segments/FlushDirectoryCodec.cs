using System.Collections.Immutable;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Segments;

/// <summary>
/// The bytes of a <see cref="FlushDirectory"/>: whole in an object's footer, its items alone in a commit entry. See docs/FORMATS.md.
/// </summary>
public static class FlushDirectoryCodec
{
    /// <summary>
    /// Writes the items as a commit entry carries them: a count, then 5 to 14 bytes each unless they have a producer or an expected offset.
    /// </summary>
    public static void WriteItems(FormatWriter writer, ReadOnlySpan<SegmentItem> items) => SegmentItemCodec.Write(writer, items);

    /// <summary>Reads what <see cref="WriteItems"/> wrote.</summary>
    public static ImmutableArray<SegmentItem> ReadItems(ref FormatReader reader) => SegmentItemCodec.Read(ref reader);

    /// <summary>How many slices the items make up: runs of adjacent items of one slot.</summary>
    public static int CountSlices(ReadOnlySpan<SegmentItem> items)
    {
        var slices = 0;
        for (var i = 0; i < items.Length; i++)
            slices += i == 0 || items[i].Slot != items[i - 1].Slot ? 1 : 0;
        return slices;
    }

    /// <summary>The directory as the object's footer holds it.</summary>
    public static ReadOnlyMemory<byte> Encode(FlushDirectory directory)
    {
        if (directory.SliceCrcs.Length != CountSlices(directory.Items.AsSpan()))
            throw new ArgumentException($"{directory.SliceCrcs.Length} checksums for {CountSlices(directory.Items.AsSpan())} slices",
                nameof(directory));
        var writer = new FormatWriter(64 + (16 * directory.Items.Length) + (24 * directory.Partitions.Length));
        writer.Byte((byte)ObjectKind.Segment);
        SegmentItemCodec.Write(writer, directory.Items.AsSpan());
        SlotPartitionCodec.WriteCrcs(writer, directory.SliceCrcs);
        SlotPartitionCodec.Write(writer, directory.Partitions);
        return writer.Written;
    }

    /// <summary>Reads a footer's directory.</summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.Corrupt"/>.</exception>
    public static FlushDirectory Decode(ReadOnlySpan<byte> data)
    {
        var reader = new FormatReader(data, "flush directory");
        if (reader.Byte() != (byte)ObjectKind.Segment)
            throw reader.Corrupt("it is of another kind");
        var items = SegmentItemCodec.Read(ref reader);
        var crcs = SlotPartitionCodec.ReadCrcs(ref reader, CountSlices(items.AsSpan()));
        var partitions = SlotPartitionCodec.Read(ref reader);
        reader.End();
        return new FlushDirectory(items, crcs, partitions);
    }
}
