using System.Buffers.Binary;
using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Records;
using CloudStream.Storage;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>
/// Bytes of an index page: magic "CSPG", format version 1, shard, slot, level, count, then slices (level 0) or page references, then the
/// CRC-32C of all before it. Offsets and times are differences to the element before. Byte by byte in docs/FORMATS.md.
/// </summary>
internal static class PageCodec
{
    private const uint Magic = 0x47505343; // "CSPG" in file order
    private const byte FormatVersion = 1;
    private const int CrcBytes = 4;

    public static ReadOnlyMemory<byte> Encode(IndexPage page)
    {
        var writer = new FormatWriter(4096);
        writer.UInt32(Magic);
        writer.Byte(FormatVersion);
        writer.Count(page.Shard);
        writer.Count(page.Slot);
        writer.Count(page.Level);
        if (page.Level == 0)
            WriteSlices(writer, page.Slices);
        else
            WritePages(writer, page.Pages);
        writer.UInt32(Crc32C.Compute(writer.Written.Span));
        return writer.Written;
    }

    /// <exception cref="StoreException"><see cref="StoreErrorKind.Corrupt"/>, or <see cref="StoreErrorKind.Refused"/> for a newer format
    /// version.</exception>
    public static IndexPage Decode(ReadOnlySpan<byte> data)
    {
        var whole = new FormatReader(data, "index page");
        if (whole.UInt32() != Magic)
            throw whole.Corrupt("it does not begin with CSPG");
        if (data.Length < 4 + 1 + CrcBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(data[^CrcBytes..]) != Crc32C.Compute(data[..^CrcBytes]))
            throw whole.Corrupt("its CRC does not match");
        var reader = new FormatReader(data[4..^CrcBytes], "index page");
        var version = reader.Byte();
        if (version > FormatVersion)
            throw new StoreException(StoreErrorKind.Refused,
                $"the index page has format version {version}, this release reads up to {FormatVersion}");
        var (shard, slot, level) = (reader.Count32(), reader.Count32(), reader.Count32());
        var page = level == 0
            ? IndexPage.OfSlices(shard, slot, ReadSlices(ref reader))
            : new IndexPage(shard, slot, level, [], ReadPages(ref reader, level - 1));
        reader.End();
        return page;
    }

    private static void WriteSlices(FormatWriter writer, ImmutableArray<Slice> slices)
    {
        writer.Count(slices.Length);
        long offset = 0, timestamp = 0, epoch = 0;
        foreach (var slice in slices)
        {
            writer.ObjectRef(slice.Object);
            writer.Count(slice.Position);
            writer.Count(slice.Bytes);
            writer.Count(slice.BaseOffset - offset);
            writer.Count(slice.EndOffset - slice.BaseOffset);
            writer.Signed(slice.MaxTimestamp - timestamp);
            writer.Signed(slice.LeaderEpoch - epoch);
            (offset, timestamp, epoch) = (slice.EndOffset, slice.MaxTimestamp, slice.LeaderEpoch);
        }
    }

    private static ImmutableArray<Slice> ReadSlices(ref FormatReader reader)
    {
        var slices = ImmutableArray.CreateBuilder<Slice>(reader.ElementCount(ObjectRefFormat.MinBytes + 6));
        long offset = 0, timestamp = 0, epoch = 0;
        while (slices.Count < slices.Capacity)
        {
            var reference = reader.ObjectRef();
            var (position, bytes) = (reader.Count(), reader.Count());
            var start = offset + reader.Count();
            offset = start + reader.Count();
            timestamp += reader.Signed();
            epoch += reader.Signed();
            slices.Add(new Slice(reference, position, bytes, start, offset, timestamp, (int)epoch));
        }

        return slices.Count > 0 ? slices.MoveToImmutable() : throw reader.Corrupt("it lists nothing");
    }

    private static void WritePages(FormatWriter writer, ImmutableArray<PageRef> pages)
    {
        writer.Count(pages.Length);
        long offset = 0, timestamp = 0;
        foreach (var page in pages)
        {
            writer.ObjectRef(page.Page);
            writer.Count(page.BaseOffset - offset);
            writer.Count(page.EndOffset - page.BaseOffset);
            writer.Signed(page.MaxTimestamp - timestamp);
            writer.Count(page.Bytes);
            (offset, timestamp) = (page.EndOffset, page.MaxTimestamp);
        }
    }

    private static ImmutableArray<PageRef> ReadPages(ref FormatReader reader, int level)
    {
        var pages = ImmutableArray.CreateBuilder<PageRef>(reader.ElementCount(ObjectRefFormat.MinBytes + 4));
        long offset = 0, timestamp = 0;
        while (pages.Count < pages.Capacity)
        {
            var reference = reader.ObjectRef();
            var start = offset + reader.Count();
            offset = start + reader.Count();
            timestamp += reader.Signed();
            pages.Add(new PageRef(reference, level, start, offset, timestamp, reader.Count()));
        }

        return pages.Count > 0 ? pages.MoveToImmutable() : throw reader.Corrupt("it lists nothing");
    }
}
