using System.Text;

namespace CloudStream.Records;

/// <summary>Writes a record's fields one after another into a span that is known to be big enough.</summary>
internal ref struct RecordWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;

    public int Written { get; private set; }

    public void Byte(byte value) => _target[Written++] = value;

    public void Int32(int value) => Written += Varint.WriteInt32(_target[Written..], value);

    public void Int64(long value) => Written += Varint.WriteInt64(_target[Written..], value);

    public void Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_target[Written..]);
        Written += value.Length;
    }

    public void Header(in RecordHeader header)
    {
        Int32(Encoding.UTF8.GetByteCount(header.Key));
        Written += Encoding.UTF8.GetBytes(header.Key, _target[Written..]);
        Int32(header.Value?.Length ?? -1);
        Bytes(header.Value.GetValueOrDefault().Span);
    }
}
