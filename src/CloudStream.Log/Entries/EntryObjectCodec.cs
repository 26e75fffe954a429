using System.Buffers.Binary;
using CloudStream.Records;
using CloudStream.Storage;
using CloudStream.Storage.Formats;

namespace CloudStream.Log.Entries;

/// <summary>
/// Bytes of an object that holds an entry too large for a slot: magic, format, the entry, and the CRC-32C of all before it. Byte by byte
/// in docs/FORMATS.md.
/// </summary>
internal static class EntryObjectCodec
{
    private const uint Magic = 0x4e455343; // "CSEN" in file order
    private const byte FormatVersion = 1;

    public static ReadOnlyMemory<byte> Encode(Entry entry)
    {
        var writer = new FormatWriter(8192);
        writer.UInt32(Magic);
        writer.Byte(FormatVersion);
        EntryCodec.Write(writer, entry);
        writer.UInt32(Crc32C.Compute(writer.Written.Span));
        return writer.Written;
    }

    /// <exception cref="StoreException">Corrupt: the bytes are no such object or fail their CRC. Refused: a newer format.</exception>
    public static Entry Decode(ReadOnlySpan<byte> bytes, string name)
    {
        var reader = new FormatReader(bytes, name);
        if (bytes.Length < 11 || reader.UInt32() != Magic)
            throw reader.Corrupt("not an entry's object");
        if (Crc32C.Compute(bytes[..^4]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]))
            throw reader.Corrupt("CRC-32C mismatch");
        var format = reader.Byte();
        if (format != FormatVersion)
            throw new StoreException(StoreErrorKind.Refused, $"{name} has format {format}; this version reads format {FormatVersion}");
        var entry = EntryCodec.Read(ref reader);
        if (entry is ObjectEntry)
            throw reader.Corrupt("an entry's object that names another");
        reader.Take(4);
        reader.End();
        return entry;
    }
}
