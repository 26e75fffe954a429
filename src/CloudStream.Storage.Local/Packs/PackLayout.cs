using System.Buffers.Binary;
using System.Text;
using CloudStream.Records;

namespace CloudStream.Storage.Local.Packs;

/// <summary>
/// The bytes of a pack file: header, state table (one byte per entry: 0 live, 1 dead), entries, and once sealed an index with a trailer.
/// Byte by byte in docs/FORMATS.md.
/// </summary>
internal static class PackLayout
{
    /// <summary>
    /// Header: magic 4, format version 2, zero 2, state table position 4, its length 4, first entry position 4, zero 8, CRC-32C 4.
    /// </summary>
    public const int HeaderBytes = 32;

    /// <summary>Where the state table begins: a page of its own, so that a mark never shares a page with the header.</summary>
    public const int StateTablePosition = 4096;

    /// <summary>Length of the state table, and most entries of a pack.</summary>
    public const int MaxEntries = 16 * 1024;

    /// <summary>Where the first entry begins.</summary>
    public const int FirstEntryPosition = StateTablePosition + MaxEntries;

    /// <summary>
    /// Entry header: magic 4, ordinal 4, name length 2, zero 2, data length 4, data CRC-32C 4, CRC-32C of these and the name 4.
    /// </summary>
    public const int EntryHeaderBytes = 24;

    /// <summary>Trailer: index position 8, index length 4, index CRC-32C 4, CRC-32C of these 4, zero 8, magic 4.</summary>
    public const int TrailerBytes = 32;

    /// <summary>A state byte of a deleted entry.</summary>
    public const byte Dead = 1;

    private const ushort FormatVersion = 1;

    private static ReadOnlySpan<byte> HeaderMagic => "CSPK"u8;

    private static ReadOnlySpan<byte> EntryMagic => "CSPE"u8;

    private static ReadOnlySpan<byte> TrailerMagic => "KPSC"u8;

    /// <summary>The header that every pack begins with.</summary>
    public static byte[] Header()
    {
        var header = new byte[HeaderBytes];
        HeaderMagic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), StateTablePosition);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), MaxEntries);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), FirstEntryPosition);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(28), Crc32C.Compute(header.AsSpan(0, 28)));
        return header;
    }

    /// <summary>
    /// Fails for a pack of a newer release. A header that is damaged, or not complete yet, is passed over: entries describe themselves.
    /// </summary>
    public static void CheckHeader(ReadOnlySpan<byte> header, string path)
    {
        if (header.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(header[28..]) != Crc32C.Compute(header[..28]))
            return;
        var version = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        if (header[..4].SequenceEqual(HeaderMagic) && version > FormatVersion)
            throw new StoreException(StoreErrorKind.Refused,
                $"the pack '{path}' has format version {version}, this release reads up to {FormatVersion}");
    }

    /// <summary>Writes an entry's header and name; returns their length.</summary>
    public static int WriteEntryHeader(Span<byte> destination, int ordinal, string name, int dataLength, uint dataCrc)
    {
        EntryMagic.CopyTo(destination);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], ordinal);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], (ushort)name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[10..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], dataLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], dataCrc);
        Encoding.ASCII.GetBytes(name, destination[EntryHeaderBytes..]);
        var crc = Crc32C.Append(Crc32C.Compute(destination[..20]), destination.Slice(EntryHeaderBytes, name.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], crc);
        return EntryHeaderBytes + name.Length;
    }

    /// <summary>Reads an entry's header and name; false when these bytes are not the header of entry <paramref name="ordinal"/>.</summary>
    public static bool TryReadEntryHeader(ReadOnlySpan<byte> data, int ordinal, out string name, out int dataLength, out uint dataCrc)
    {
        (name, dataLength, dataCrc) = ("", 0, 0);
        if (data.Length < EntryHeaderBytes || !data[..4].SequenceEqual(EntryMagic)
            || BinaryPrimitives.ReadInt32LittleEndian(data[4..]) != ordinal)
            return false;
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(data[8..]);
        if (data.Length < EntryHeaderBytes + nameLength)
            return false;
        var nameBytes = data.Slice(EntryHeaderBytes, nameLength);
        if (Crc32C.Append(Crc32C.Compute(data[..20]), nameBytes) != BinaryPrimitives.ReadUInt32LittleEndian(data[20..]))
            return false;
        name = Encoding.ASCII.GetString(nameBytes);
        dataLength = BinaryPrimitives.ReadInt32LittleEndian(data[12..]);
        dataCrc = BinaryPrimitives.ReadUInt32LittleEndian(data[16..]);
        return dataLength >= 0;
    }

    /// <summary>Writes the trailer of a sealed pack.</summary>
    public static byte[] Trailer(long indexPosition, ReadOnlySpan<byte> index)
    {
        var trailer = new byte[TrailerBytes];
        BinaryPrimitives.WriteInt64LittleEndian(trailer, indexPosition);
        BinaryPrimitives.WriteInt32LittleEndian(trailer.AsSpan(8), index.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(12), Crc32C.Compute(index));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(16), Crc32C.Compute(trailer.AsSpan(0, 16)));
        TrailerMagic.CopyTo(trailer.AsSpan(28));
        return trailer;
    }

    /// <summary>Reads a trailer; false when the pack of this length is not sealed.</summary>
    public static bool TryReadTrailer(
        ReadOnlySpan<byte> trailer, long packLength, out long indexPosition, out int indexLength, out uint indexCrc)
    {
        indexPosition = BinaryPrimitives.ReadInt64LittleEndian(trailer);
        indexLength = BinaryPrimitives.ReadInt32LittleEndian(trailer[8..]);
        indexCrc = BinaryPrimitives.ReadUInt32LittleEndian(trailer[12..]);
        return trailer[28..].SequenceEqual(TrailerMagic)
            && BinaryPrimitives.ReadUInt32LittleEndian(trailer[16..]) == Crc32C.Compute(trailer[..16])
            && indexPosition >= FirstEntryPosition && indexLength >= 0 && indexPosition + indexLength + TrailerBytes == packLength;
    }
}
