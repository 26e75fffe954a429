using System.Buffers;

namespace CloudStream.Records;

public static partial class RecordBatchValidator
{
    /// <summary>
    /// The same for bytes that lie in several pieces, as they came off a connection: nothing is gathered, the checksum runs over the
    /// pieces.
    /// </summary>
    /// <param name="batches">One partition's records of a produce request.</param>
    /// <param name="maxBatchBytes">Largest allowed batch in bytes, header included (Kafka's <c>message.max.bytes</c>).</param>
    public static BatchValidation Validate(in ReadOnlySequence<byte> batches, int maxBatchBytes)
    {
        if (batches.IsSingleSegment)
            return Validate(batches.FirstSpan, maxBatchBytes);
        var sum = new BatchValidation { MaxTimestamp = -1, MinTimestamp = long.MaxValue };
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        for (var rest = batches; !rest.IsEmpty; rest = rest.Slice(RecordBatchHeader.LengthOf(rest)))
        {
            // What is no whole batch is so rare that gathering it is no matter: the answer comes from the one place that knows all faults.
            if (!TryReadHeader(rest, copy, out var header))
                return After(sum, Validate(rest.Slice(0, Math.Min(rest.Length, RecordBatchLayout.HeaderBytes)).ToArray(), maxBatchBytes),
                    rest.Length);
            var crc = header.TotalBytes > maxBatchBytes
                ? 0
                : ComputeCrc(rest.Slice(RecordBatchLayout.Attributes, header.TotalBytes - RecordBatchLayout.Attributes));
            if (Fault(header, crc, maxBatchBytes, out var found, out var expected) is var fault and not BatchValidationStatus.Ok)
                return sum with { Status = fault, Position = sum.Bytes, Found = found, Expected = expected };
            sum = Add(sum, header);
        }

        return sum;
    }

    private static bool TryReadHeader(in ReadOnlySequence<byte> rest, Span<byte> copy, out RecordBatchHeader header)
    {
        header = default;
        if (rest.Length < RecordBatchLayout.HeaderBytes)
            return false;
        header = RecordBatchHeader.Of(rest, copy);
        return header.Magic == RecordBatchLayout.CurrentMagic && header.BatchLength >= RecordBatchLayout.MinBatchLength
            && header.BatchLength <= rest.Length - RecordBatchLayout.LogOverheadBytes;
    }

    private static uint ComputeCrc(in ReadOnlySequence<byte> bytes)
    {
        var crc = 0u;
        foreach (var piece in bytes)
            crc = Crc32C.Append(crc, piece.Span);
        return crc;
    }

    // A header alone was looked at: what it says of the bytes that are there is put right.
    private static BatchValidation After(in BatchValidation sum, in BatchValidation last, long restBytes) => sum with
    {
        Status = last.Status,
        Position = sum.Bytes,
        Found = last.Status == BatchValidationStatus.Incomplete ? restBytes : last.Found,
        Expected = last.Expected,
    };
}
