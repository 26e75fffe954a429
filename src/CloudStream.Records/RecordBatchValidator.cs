using CloudStream.Records.Compression;

namespace CloudStream.Records;

/// <summary>
/// Decides whether produced bytes may become part of a log, from the headers and the checksum alone.
/// What is in them is <see cref="RecordScanner"/>'s to tell.
/// Thread-safe; allocates nothing.
/// </summary>
public static partial class RecordBatchValidator
{
    /// <summary>Length, attributes, timestamp delta, offset delta, key length, value length, header count: a byte each.</summary>
    internal const int MinRecordBytes = 7;

    /// <summary>
    /// Checks that <paramref name="batches"/> is one or more whole batches of format 2 that a client may write. Base offset and leader
    /// epoch are not looked at: the broker assigns them.
    /// </summary>
    /// <param name="batches">One partition's records of a produce request.</param>
    /// <param name="maxBatchBytes">Largest allowed batch in bytes, header included (Kafka's <c>message.max.bytes</c>).</param>
    public static BatchValidation Validate(ReadOnlySpan<byte> batches, int maxBatchBytes)
    {
        var sum = new BatchValidation { MaxTimestamp = -1, MinTimestamp = long.MaxValue };
        if (batches.IsEmpty)
            return sum with { Status = BatchValidationStatus.Empty };

        var walk = new RecordBatchEnumerator(batches);
        while (walk.MoveNext())
        {
            var header = walk.Current;
            var crc = header.TotalBytes > maxBatchBytes ? 0 : Crc32C.Compute(walk.CurrentBytes[RecordBatchLayout.Attributes..]);
            if (Fault(header, crc, maxBatchBytes, out var found, out var expected) is var fault and not BatchValidationStatus.Ok)
                return sum with { Status = fault, Position = walk.CurrentStart, Found = found, Expected = expected };
            sum = Add(sum, header);
        }

        return walk.Status == BatchReadStatus.End ? sum : Broken(sum, walk.Status, walk.CurrentStart, batches, maxBatchBytes);
    }

    /// <summary>Whether a whole batch still matches its checksum.</summary>
    /// <param name="batch">Exactly one batch, as <see cref="RecordBatchEnumerator.CurrentBytes"/>.</param>
    public static bool HasValidCrc(ReadOnlySpan<byte> batch) =>
        Crc32C.Compute(batch[RecordBatchLayout.Attributes..]) == new RecordBatchHeader(batch).Crc;

    private static BatchValidation Add(in BatchValidation sum, RecordBatchHeader header) => sum with
    {
        BatchCount = sum.BatchCount + 1,
        RecordCount = sum.RecordCount + header.RecordCount,
        MaxTimestamp = Math.Max(sum.MaxTimestamp, header.MaxTimestamp),
        MinTimestamp = header.BaseTimestamp >= 0 ? Math.Min(sum.MinTimestamp, header.BaseTimestamp) : sum.MinTimestamp,
        IsIdempotent = sum.BatchCount == 0 ? header.IsIdempotent : sum.IsIdempotent,
        Bytes = sum.Bytes + header.TotalBytes,
    };

    private static BatchValidationStatus Fault(
        RecordBatchHeader header, uint crc, int maxBatchBytes, out long found, out long expected)
    {
        (found, expected) = (header.TotalBytes, maxBatchBytes);
        if (found > expected)
            return BatchValidationStatus.TooLarge;
        (found, expected) = (header.Crc, crc);
        if (found != expected)
            return BatchValidationStatus.CrcMismatch;
        (found, expected) = ((int)header.Compression, (int)CompressionType.Zstd);
        if (found > expected)
            return BatchValidationStatus.UnknownCompression;
        if (header.IsControl)
            return BatchValidationStatus.ControlBatch;
        var fault = CountFault(header, out found, out expected);
        return fault == BatchValidationStatus.Ok ? ProducerFault(header, out found, out expected) : fault;
    }

    private static BatchValidationStatus CountFault(RecordBatchHeader header, out long found, out long expected)
    {
        (found, expected) = (header.RecordCount, 1);
        if (found < expected)
            return BatchValidationStatus.NoRecords;
        expected = MaxRecordCount(header);
        if (found > expected)
            return BatchValidationStatus.RecordCountTooLarge;
        (found, expected) = (header.LastOffsetDelta, header.RecordCount - 1);
        return found == expected ? BatchValidationStatus.Ok : BatchValidationStatus.OffsetDeltaMismatch;
    }

    // Compressed bytes say nothing about how many records they hold, except that none hold none.
    private static long MaxRecordCount(RecordBatchHeader header)
    {
        var recordBytes = header.TotalBytes - RecordBatchLayout.HeaderBytes;
        if (header.Compression == CompressionType.None)
            return recordBytes / MinRecordBytes;
        return recordBytes > 0 ? int.MaxValue : 0;
    }

    // Without a producer id, epoch and sequence mean nothing, and clients fill them differently (kafkajs writes 0, the Java client -1).
    private static BatchValidationStatus ProducerFault(RecordBatchHeader header, out long found, out long expected)
    {
        (found, expected) = (header.ProducerId, header.IsTransactional ? 0 : -1);
        if (found >= expected && header.IsIdempotent)
            (found, expected) = (Math.Min(header.ProducerEpoch, header.BaseSequence), 0);
        return found >= expected ? BatchValidationStatus.Ok : BatchValidationStatus.BadProducerState;
    }

    private static BatchValidation Broken(
        BatchValidation sum, BatchReadStatus status, int position, ReadOnlySpan<byte> batches, int maxBatchBytes)
    {
        var rest = batches[position..];
        sum = sum with { Position = position, Found = rest.Length, Expected = RecordBatchLayout.HeaderBytes };
        if (rest.Length < RecordBatchLayout.HeaderBytes)
            return sum with { Status = BatchValidationStatus.Incomplete };
        var header = new RecordBatchHeader(rest);
        if (status == BatchReadStatus.BadMagic)
            return sum with
            {
                Status = BatchValidationStatus.UnsupportedMagic,
                Found = header.Magic,
                Expected = RecordBatchLayout.CurrentMagic
            };
        if (status == BatchReadStatus.BadLength)
            return sum with
            {
                Status = BatchValidationStatus.BadLength,
                Found = header.BatchLength,
                Expected = RecordBatchLayout.MinBatchLength
            };
        return header.TotalBytes > maxBatchBytes
            ? sum with { Status = BatchValidationStatus.TooLarge, Found = header.TotalBytes, Expected = maxBatchBytes }
            : sum with { Status = BatchValidationStatus.Incomplete, Expected = header.TotalBytes };
    }
}
