using System.Buffers.Text;
using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>The record's offset: enough where there is one partition.</summary>
internal sealed class OffsetEventId : IEventId
{
    private readonly byte[] _text = new byte[20];

    public ReadOnlySpan<byte> Current(in Record record)
    {
        Utf8Formatter.TryFormat(record.Offset, _text, out var length);
        return _text.AsSpan(0, length);
    }
}
