using System.Buffers;
using System.Text;

namespace CloudStream.Kafka.Wire;

/// <summary>What has a length or a count before it: strings, bytes, records, arrays, tagged fields.</summary>
internal ref partial struct WireReader
{
    private const int MaxStringBytes = short.MaxValue;

    public string ReadString(bool flexible, string field) => ReadText(flexible, nullable: false, field) ?? "";

    public string? ReadNullableString(bool flexible, string field) => ReadText(flexible, nullable: true, field);

    /// <summary>A copy, so that what keeps it does not keep the frame.</summary>
    public ReadOnlyMemory<byte> ReadBytes(bool flexible, string field) =>
        ReadBlock(flexible, nullable: false, field) is { } bytes ? bytes.ToArray() : default;

    /// <inheritdoc cref="ReadBytes"/>
    public ReadOnlyMemory<byte>? ReadNullableBytes(bool flexible, string field) =>
        ReadBlock(flexible, nullable: true, field) is { } bytes ? bytes.ToArray() : null;

    /// <summary>No copy: a slice of the bytes that are read, valid as long as they are.</summary>
    public ReadOnlySequence<byte> ReadRecords(bool flexible, string field) => ReadBlock(flexible, nullable: false, field) ?? default;

    /// <inheritdoc cref="ReadRecords"/>
    public ReadOnlySequence<byte>? ReadNullableRecords(bool flexible, string field) => ReadBlock(flexible, nullable: true, field);

    /// <inheritdoc cref="ReadRecords"/>
    public List<ReadOnlyMemory<byte>> ReadRecordsList(bool flexible, string field) => Slices(ReadRecords(flexible, field));

    /// <inheritdoc cref="ReadRecords"/>
    public List<ReadOnlyMemory<byte>>? ReadNullableRecordsList(bool flexible, string field) =>
        ReadBlock(flexible, nullable: true, field) is { } bytes ? Slices(bytes) : null;

    /// <summary>The number of an array's elements, -1 for null. <paramref name="least"/> is the fewest bytes that one takes.</summary>
    public int ReadCount(bool flexible, bool nullable, int least, string field)
    {
        var count = flexible ? (long)ReadUnsignedVarint(field) - 1 : ReadInt32(field);
        if (HasFailed)
            return 0;
        if (count < 0)
            return Null(nullable, field);
        var limit = Math.Min(Remaining / least, MaxElements - _elements);
        if (count > limit)
        {
            Fail(WireFailureReason.TooLong, field, count, limit);
            return 0;
        }

        _elements += (int)count;
        return (int)count;
    }

    public uint ReadTagCount(string field)
    {
        var count = ReadUnsignedVarint(field);
        if (count <= Remaining / 2)
            return count;
        Fail(WireFailureReason.TooLong, field, count, Remaining / 2);
        return 0;
    }

    /// <summary>The number of the tagged field that follows, and where it ends.</summary>
    public int ReadTag(out long end, string field)
    {
        var tag = ReadUnsignedVarint(field);
        var size = ReadUnsignedVarint(field);
        if (size > Remaining)
            Fail(WireFailureReason.TooLong, field, size, Remaining);
        end = HasFailed ? Position : Position + size;
        return HasFailed || tag > int.MaxValue ? -1 : (int)tag;
    }

    /// <summary>Checks that a tagged field took the bytes that it announced.</summary>
    public void EndTag(long end, string field)
    {
        if (Position != end)
            Fail(WireFailureReason.BadTagSize, field, Position, end);
    }

    /// <summary>Passes over a tagged field that the description does not know.</summary>
    public void SkipTo(long end) => Advance(end - Position);

    public void SkipTags(string field)
    {
        for (var tags = ReadTagCount(field); tags > 0 && !HasFailed; tags--)
        {
            ReadTag(out var end, field);
            SkipTo(end);
        }
    }

    private string? ReadText(bool flexible, bool nullable, string field)
    {
        var length = flexible ? (long)ReadUnsignedVarint(field) - 1 : ReadInt16(field);
        if (!Check(ref length, nullable, MaxStringBytes, field))
            return null;
        if (length == 0)
            return "";
        var text = length <= _span.Length - _at
            ? Encoding.UTF8.GetString(_span.Slice(_at, (int)length))
            : Encoding.UTF8.GetString(_rest.Slice(_at, length));
        Advance(length);
        return text;
    }

    private ReadOnlySequence<byte>? ReadBlock(bool flexible, bool nullable, string field)
    {
        var length = flexible ? (long)ReadUnsignedVarint(field) - 1 : ReadInt32(field);
        if (!Check(ref length, nullable, int.MaxValue, field))
            return null;
        var block = _rest.Slice(_at, length);
        Advance(length);
        return block;
    }

    // Whether there is something to read, be it empty; false: null or failed.
    private bool Check(ref long length, bool nullable, long most, string field)
    {
        if (HasFailed)
            return false;
        if (length < 0)
        {
            Null(nullable, field);
            return false;
        }

        var limit = Math.Min(Remaining, most);
        if (length <= limit)
            return true;
        Fail(WireFailureReason.TooLong, field, length, limit);
        return false;
    }

    private int Null(bool nullable, string field)
    {
        if (nullable)
            return -1;
        Fail(WireFailureReason.Null, field, -1, 0);
        return 0;
    }

    private static List<ReadOnlyMemory<byte>> Slices(ReadOnlySequence<byte> bytes)
    {
        var slices = new List<ReadOnlyMemory<byte>>();
        foreach (var slice in bytes)
        {
            if (!slice.IsEmpty)
                slices.Add(slice);
        }

        return slices;
    }
}
