using System.Buffers.Text;
using System.Globalization;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>
/// The record's offset, a dot, and the topic's id in base64url: <c>42.gk3yNsqcTi2tZB8wVJrjJg</c>. Enough where there is one partition.
/// </summary>
internal sealed class OffsetEventId : IEventId
{
    private const int MaxOffsetBytes = 20, IdBytes = 22;

    private readonly byte[] _text = new byte[MaxOffsetBytes + 1 + IdBytes];
    private readonly byte[] _topic = new byte[1 + IdBytes];

    public OffsetEventId(Guid topicId)
    {
        _topic[0] = (byte)'.';
        Base64Url.EncodeToUtf8(topicId.ToByteArray(bigEndian: true), _topic.AsSpan(1));
    }

    /// <summary>The offset after the one in an id; the id may be an offset alone, which then says nothing of the topic.</summary>
    /// <exception cref="RequestRejectedException">It is no id, or that of a topic that is no more.</exception>
    public static long After(string text, Guid topicId)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var topic = topicId;
        var isId = long.TryParse(dot < 0 ? text : text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && offset < long.MaxValue && (dot < 0 || TryReadTopic(text.AsSpan(dot + 1), out topic));
        if (!isId)
        {
            throw new RequestRejectedException(
                $"Last-Event-ID is \"{Excerpt.Of(text)}\"; it must be the id of an event of this stream, or an offset.");
        }

        return topic == topicId ? offset + 1 : throw new RequestRejectedException(TailProblem.OtherTopic());
    }

    public ReadOnlySpan<byte> Next(in Record record)
    {
        Utf8Formatter.TryFormat(record.Offset, _text, out var length);
        _topic.CopyTo(_text.AsSpan(length));
        return _text.AsSpan(0, length + _topic.Length);
    }

    public void Sent(long bytes)
    {
    }

    public void Demand()
    {
    }

    private static bool TryReadTopic(ReadOnlySpan<char> text, out Guid topic)
    {
        Span<byte> bytes = stackalloc byte[16];
        topic = default;
        if (text.Length != IdBytes || !Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != bytes.Length)
            return false;
        topic = new Guid(bytes, bigEndian: true);
        return true;
    }
}
