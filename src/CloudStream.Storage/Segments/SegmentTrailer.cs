using System.Buffers.Binary;
using CloudStream.Records;
using CloudStream.Storage.Formats;

namespace CloudStream.Storage.Segments;

/// <summary>The last <see cref="SegmentLayout.TrailerBytes"/> of a segment object: where its directory lies.</summary>
public static class SegmentTrailer
{
    private static ReadOnlySpan<byte> Magic => "GSSC"u8;

    /// <summary>Writes the trailer into the first <see cref="SegmentLayout.TrailerBytes"/> of <paramref name="destination"/>.</summary>
    public static void Encode(DirectoryPointer directory, Span<byte> destination)
    {
        destination[..SegmentLayout.TrailerBytes].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(destination, directory.Position);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], directory.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], directory.Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], Crc32C.Compute(destination[..16]));
        Magic.CopyTo(destination[28..]);
    }

    /// <summary>Reads a trailer back.</summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.Corrupt"/>.</exception>
    public static DirectoryPointer Decode(ReadOnlySpan<byte> data)
    {
        var reader = new FormatReader(data, "segment trailer");
        var trailer = reader.Take(SegmentLayout.TrailerBytes);
        if (!trailer[28..].SequenceEqual(Magic))
            throw reader.Corrupt("it does not end with GSSC");
        if (BinaryPrimitives.ReadUInt32LittleEndian(trailer[16..]) != Crc32C.Compute(trailer[..16]))
            throw reader.Corrupt("its CRC does not match");
        if (BinaryPrimitives.ReadUInt64LittleEndian(trailer[20..]) != 0)
            throw reader.Corrupt("its reserved bytes are not 0");
        var pointer = new DirectoryPointer(
            BinaryPrimitives.ReadInt64LittleEndian(trailer), BinaryPrimitives.ReadInt32LittleEndian(trailer[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(trailer[12..]));
        if (pointer.Position < SegmentLayout.HeaderBytes || pointer.Length < 0)
            throw reader.Corrupt("the directory lies outside the object");
        return pointer;
    }
}
