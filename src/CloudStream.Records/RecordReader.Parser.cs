namespace CloudStream.Records;

public sealed partial class RecordReader
{
    /// <summary>
    /// Parses the records of one batch, front to back. Every length is checked against the bytes that remain; a complaint in place of an
    /// exception says what is wrong.
    /// </summary>
    internal struct RecordParser
    {
        private readonly long _baseOffset;
        private readonly long _baseTimestamp;
        private readonly long? _logAppendTime;
        private readonly int _lastOffsetDelta;
        private readonly int _count;
        private int _lastDelta;
        private int _position;

        public RecordParser(RecordBatchHeader header)
        {
            _baseOffset = header.BaseOffset;
            _baseTimestamp = header.BaseTimestamp;
            _logAppendTime = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : null;
            _lastOffsetDelta = header.LastOffsetDelta;
            _count = header.RecordCount;
            Remaining = _count;
            _lastDelta = -1;
        }

        /// <summary>Records that are still to come.</summary>
        public int Remaining { get; private set; }

        /// <summary>Which record is next, counted from 0.</summary>
        public readonly int Index => _count - Remaining;

        /// <summary>Parses the next record of <paramref name="records"/>, the batch's decompressed records.</summary>
        /// <returns>Null, or what is wrong with the record.</returns>
        public string? Next(ReadOnlyMemory<byte> records, out Record record)
        {
            record = default;
            var index = _count - Remaining;
            var at = _position;
            if (!Varint.TryReadInt32(records.Span, ref at, out var length) || length < 0 || length > records.Length - at)
                return $"is cut off or malformed at the length of record {index}";
            if (Remaining == 1 && at + length != records.Length)
                return $"has {records.Length - at - length} bytes after its last record";
            if (Take(records.Slice(at, length), out record) is { } complaint)
                return complaint;
            _position = at + length;
            return null;
        }

        /// <summary>Parses the next record, whose bytes without their length are <paramref name="body"/>.</summary>
        /// <returns>Null, or what is wrong with the record.</returns>
        public string? Take(ReadOnlyMemory<byte> body, out Record record)
        {
            record = default;
            if (!TryParse(body, out var parsed, out var offsetDelta))
                return $"is malformed inside record {Index}";
            if (offsetDelta <= _lastDelta || offsetDelta > _lastOffsetDelta)
                return $"has offset delta {offsetDelta} in record {Index}, outside {_lastDelta + 1L} to {_lastOffsetDelta}";
            record = parsed;
            _lastDelta = offsetDelta;
            Remaining--;
            return null;
        }

        private readonly bool TryParse(ReadOnlyMemory<byte> body, out Record record, out int offsetDelta)
        {
            record = default;
            offsetDelta = 0;
            var span = body.Span;

            // The attributes byte has no meaning yet; Kafka ignores it too.
            var at = 1;
            if (span.IsEmpty
                || !Varint.TryReadInt64(span, ref at, out var timestampDelta)
                || !Varint.TryReadInt32(span, ref at, out offsetDelta)
                || !TryReadBytes(span, ref at, out var keyStart, out var keyLength)
                || !TryReadBytes(span, ref at, out var valueStart, out var valueLength)
                || !Varint.TryReadInt32(span, ref at, out var headerCount)
                || !TryWalkHeaders(span[at..], headerCount))
                return false;
            record = new Record
            {
                Offset = unchecked(_baseOffset + offsetDelta),
                Timestamp = _logAppendTime ?? unchecked(_baseTimestamp + timestampDelta),
                Key = Slice(body, keyStart, keyLength),
                Value = Slice(body, valueStart, valueLength),
                Headers = headerCount == 0 ? default : new RecordHeaders(body[at..], headerCount),
            };
            return true;
        }

        private static ReadOnlyMemory<byte>? Slice(ReadOnlyMemory<byte> body, int start, int length)
        {
            if (length < 0)
                return null;
            return body.Slice(start, length);
        }

        // A length of -1 is null.
        private static bool TryReadBytes(ReadOnlySpan<byte> body, ref int position, out int start, out int length)
        {
            start = 0;
            if (!Varint.TryReadInt32(body, ref position, out length) || length < -1 || length > body.Length - position)
                return false;
            start = position;
            position += Math.Max(length, 0);
            return true;
        }

        // Headers must fill the record exactly. Each takes two bytes at least, which bounds the count before anything is read.
        private static bool TryWalkHeaders(ReadOnlySpan<byte> headers, int count)
        {
            if (count < 0 || count > headers.Length / 2)
                return false;
            var at = 0;
            for (var i = 0; i < count; i++)
            {
                if (!TryReadBytes(headers, ref at, out _, out var keyLength) || keyLength < 0
                    || !TryReadBytes(headers, ref at, out _, out _))
                    return false;
            }

            return at == headers.Length;
        }
    }
}
