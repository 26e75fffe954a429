using System.Buffers;
using System.Text;

namespace CloudStream.Kafka.Wire;

/// <summary>
/// What has a length or a count before it. A null that the version does not allow, or a string beyond 32,767 bytes, is a defect of the
/// caller and throws.
/// </summary>
internal sealed partial class WireWriter
{
    /// <summary>What a generated writer throws when a field has a value that the version has no place for.</summary>
    public static InvalidOperationException NotInVersion(string field, short version) =>
        new($"{field} has a value, and version {version} does not have the field.");

    public void WriteString(string? value, bool flexible, bool nullable, string field)
    {
        if (value is null)
        {
            WriteNull(flexible, nullable, shortLength: true, field);
            return;
        }

        var bytes = Encoding.UTF8.GetByteCount(value);
        if (bytes > short.MaxValue)
            throw new InvalidOperationException($"{field} has {bytes} bytes, and a string has at most {short.MaxValue}.");
        if (flexible)
            WriteUnsignedVarint((uint)bytes + 1);
        else
            WriteInt16((short)bytes);
        Encoding.UTF8.GetBytes(value, Room(bytes));
    }

    public void WriteBytes(ReadOnlyMemory<byte>? value, bool flexible, bool nullable, string field)
    {
        if (value is not { } bytes)
        {
            WriteNull(flexible, nullable, shortLength: false, field);
            return;
        }

        WriteLength(bytes.Length, flexible);
        bytes.Span.CopyTo(Room(bytes.Length));
    }

    /// <summary>Appends the records as references.</summary>
    public void WriteRecords(ReadOnlySequence<byte>? value, bool flexible, bool nullable, string field)
    {
        if (value is not { } records)
        {
            WriteNull(flexible, nullable, shortLength: false, field);
            return;
        }

        WriteLength(records.Length, flexible);
        foreach (var piece in records)
            AppendReference(piece);
    }

    /// <inheritdoc cref="WriteRecords(ReadOnlySequence{byte}?, bool, bool, string)"/>
    public void WriteRecords(List<ReadOnlyMemory<byte>>? value, bool flexible, bool nullable, string field)
    {
        if (value is null)
        {
            WriteNull(flexible, nullable, shortLength: false, field);
            return;
        }

        var length = 0L;
        for (var i = 0; i < value.Count; i++)
            length += value[i].Length;
        WriteLength(length, flexible);
        for (var i = 0; i < value.Count; i++)
            AppendReference(value[i]);
    }

    /// <summary>The number of elements that follow, -1 for null.</summary>
    public void WriteCount(int count, bool flexible, bool nullable, string field)
    {
        if (count < 0)
            WriteNull(flexible, nullable, shortLength: false, field);
        else
            WriteLength(count, flexible);
    }

    /// <summary>Begins a tagged field whose size is known.</summary>
    public void WriteTag(uint tag, uint size)
    {
        WriteUnsignedVarint(tag);
        WriteUnsignedVarint(size);
    }

    /// <summary>Begins a tagged field whose size is known at its end only: its content goes into the writer that this returns.</summary>
    public WireWriter BeginTag(uint tag)
    {
        WriteUnsignedVarint(tag);
        _tagged ??= new WireWriter();
        _tagged.Reset();
        return _tagged;
    }

    /// <summary>Ends the tagged field begun last: its size, then its content.</summary>
    public void EndTag(WireWriter tagged)
    {
        WriteUnsignedVarint((uint)tagged.Length);
        foreach (var piece in tagged.Complete())
            piece.Span.CopyTo(Room(piece.Length));
        tagged.Reset();
    }

    private void WriteLength(long length, bool flexible)
    {
        var known = checked((int)length);
        if (flexible)
            WriteUnsignedVarint((uint)known + 1);
        else
            WriteInt32(known);
    }

    private void WriteNull(bool flexible, bool nullable, bool shortLength, string field)
    {
        if (!nullable)
            throw new InvalidOperationException($"{field} is null, and the version does not allow it.");
        if (flexible)
            WriteUnsignedVarint(0);
        else if (shortLength)
            WriteInt16(-1);
        else
            WriteInt32(-1);
    }
}
