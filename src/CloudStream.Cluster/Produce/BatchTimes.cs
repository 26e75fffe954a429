using System.Buffers;
using CloudStream.Records;

namespace CloudStream.Cluster.Produce;

/// <summary>
/// Puts right what headers say of their records' times, as Kafka does: the largest timestamp is that of the records, -1 at least, and who
/// stamped them is the producer. Nearly all are right as they are sent; only for others is there a copy. Used by one append.
/// </summary>
internal struct BatchTimes
{
    private byte[]? _settled;

    /// <summary>Holds the batch at <paramref name="position"/> to its largest timestamp.</summary>
    public void Settle(in ReadOnlySequence<byte> batches, int position, long largest)
    {
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        var header = RecordBatchHeader.Of(batches.Slice(position), copy);
        if (header.MaxTimestamp == largest && header.TimestampType == TimestampType.CreateTime)
            return;
        _settled ??= batches.ToArray();
        RecordBatchLayout.SetMaxTimestampCreate(_settled.AsSpan(position), largest);
    }

    /// <summary>The same by what the headers say alone, where the records were not looked at.</summary>
    public void SettleUnseen(in ReadOnlySequence<byte> batches)
    {
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        for (var rest = batches; !rest.IsEmpty;)
        {
            var header = RecordBatchHeader.Of(rest, copy);
            var length = header.TotalBytes;
            Settle(batches, (int)(batches.Length - rest.Length), Math.Max(-1, header.MaxTimestamp));
            rest = rest.Slice(length);
        }
    }

    /// <summary>The batches as they are stored.</summary>
    public readonly ReadOnlySequence<byte> Of(in ReadOnlySequence<byte> batches) => _settled is null ? batches : new(_settled);
}
