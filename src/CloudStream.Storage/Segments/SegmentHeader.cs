using System.Buffers.Binary;
using CloudStream.Records;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Segments;

/// <summary>
/// The first <see cref="SegmentLayout.HeaderBytes"/> of a segment object: whose it is. The log never needs it; tools and repairs do.
/// </summary>
/// <param name="Reference">Kind, birth and id: what the object's name says.</param>
/// <param name="Shard">The shard that wrote it.</param>
/// <param name="Flags">No flag is defined yet; 0.</param>
public readonly record struct SegmentHeader(ObjectRef Reference, int Shard, byte Flags = 0)
{
    /// <summary>The format version that this code writes, and the newest that it reads.</summary>
    public const ushort FormatVersion = 1;

    private static ReadOnlySpan<byte> Magic => "CSSG"u8;

    /// <summary>Writes the header into the first <see cref="SegmentLayout.HeaderBytes"/> of <paramref name="destination"/>.</summary>
    public void Encode(Span<byte> destination)
    {
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], FormatVersion);
        destination[6] = (byte)Reference.Kind;
        destination[7] = Flags;
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], Shard);
        BinaryPrimitives.WriteInt64LittleEndian(destination[12..], Reference.Born);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[20..], Reference.Id);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], Crc32C.Compute(destination[..28]));
    }

    /// <summary>Reads a header back.</summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.Corrupt"/>, or <see cref="StoreErrorKind.Refused"/> for a newer format
    /// version.</exception>
    public static SegmentHeader Decode(ReadOnlySpan<byte> data)
    {
        var reader = new FormatReader(data, "segment header");
        var header = reader.Take(SegmentLayout.HeaderBytes);
        if (!header[..4].SequenceEqual(Magic))
            throw reader.Corrupt("it does not begin with CSSG");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[28..]) != Crc32C.Compute(header[..28]))
            throw reader.Corrupt("its CRC does not match");
        var version = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        if (version > FormatVersion)
            throw new StoreException(StoreErrorKind.Refused,
                $"the segment object has format version {version}, this release reads up to {FormatVersion}");
        var reference = new ObjectRef(
            (ObjectKind)header[6], BinaryPrimitives.ReadInt64LittleEndian(header[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(header[20..]));
        if (version == 0 || reference.Born < 0
            || reference.Kind is not (ObjectKind.Segment or ObjectKind.Merged or ObjectKind.Spill))
            throw reader.Corrupt("it describes no segment object");
        return new SegmentHeader(reference, BinaryPrimitives.ReadInt32LittleEndian(header[8..]), header[7]);
    }
}
