using System.Text;

namespace CloudStream.Records;

/// <summary>
/// A record's headers, decoded only when enumerated; values point into the record's memory and live as long as it does.
/// </summary>
public readonly struct RecordHeaders
{
    private readonly ReadOnlyMemory<byte> _bytes;

    // The bytes were walked when the record was read, so enumerating them cannot fail.
    internal RecordHeaders(ReadOnlyMemory<byte> bytes, int count)
    {
        _bytes = bytes;
        Count = count;
    }

    public int Count { get; }

    public Enumerator GetEnumerator() => new(_bytes, Count);

    /// <summary>All headers. The values are not copied.</summary>
    public RecordHeader[] ToArray()
    {
        if (Count == 0)
            return [];
        var headers = new RecordHeader[Count];
        var at = 0;
        foreach (var header in this)
            headers[at++] = header;
        return headers;
    }

    /// <summary>The last value under the key, as Kafka's <c>lastHeader</c>.</summary>
    /// <returns>Whether the key occurs.</returns>
    public bool TryGetLast(string key, out ReadOnlyMemory<byte>? value)
    {
        value = null;
        var found = false;
        foreach (var header in this)
        {
            if (!string.Equals(header.Key, key, StringComparison.Ordinal))
                continue;
            value = header.Value;
            found = true;
        }

        return found;
    }

    internal RecordHeaders Copy() => Count == 0 ? default : new RecordHeaders(_bytes.ToArray(), Count);

    public struct Enumerator
    {
        private readonly ReadOnlyMemory<byte> _bytes;
        private int _left;
        private int _position;

        internal Enumerator(ReadOnlyMemory<byte> bytes, int count)
        {
            _bytes = bytes;
            _left = count;
        }

        public RecordHeader Current { get; private set; }

        public bool MoveNext()
        {
            if (_left == 0)
                return false;
            _left--;
            var span = _bytes.Span;
            Varint.TryReadInt32(span, ref _position, out var keyBytes);
            var key = Encoding.UTF8.GetString(span.Slice(_position, keyBytes));
            _position += keyBytes;
            Varint.TryReadInt32(span, ref _position, out var valueBytes);
            // Not "? null :": beside a ReadOnlyMemory, null turns into an empty one.
            Current = new RecordHeader(key, valueBytes < 0 ? default(ReadOnlyMemory<byte>?) : _bytes.Slice(_position, valueBytes));
            _position += Math.Max(valueBytes, 0);
            return true;
        }
    }
}
