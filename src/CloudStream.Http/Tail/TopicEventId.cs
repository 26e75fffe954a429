using System.Buffers;
using System.Buffers.Text;
using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>The resume token of all positions as they are now.</summary>
internal sealed class TopicEventId(IReadOnlyList<TailPosition> positions) : IEventId
{
    private const int MaxEntryBytes = 32;

    private readonly ArrayBufferWriter<byte> _text = new();

    public ReadOnlySpan<byte> Current(in Record record) => Current();

    public ReadOnlySpan<byte> Current()
    {
        _text.ResetWrittenCount();
        for (var i = 0; i < positions.Count; i++)
        {
            var entry = _text.GetSpan(MaxEntryBytes);
            var at = 0;
            if (i > 0)
                entry[at++] = (byte)',';
            Utf8Formatter.TryFormat(positions[i].Partition, entry[at..], out var length);
            at += length;
            entry[at++] = (byte)':';
            Utf8Formatter.TryFormat(positions[i].NextOffset, entry[at..], out length);
            _text.Advance(at + length);
        }

        return _text.WrittenSpan;
    }
}
