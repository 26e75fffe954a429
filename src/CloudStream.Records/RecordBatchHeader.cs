using System.Buffers;
using System.Buffers.Binary;
using CloudStream.Records.Compression;

namespace CloudStream.Records;

/// <summary>
/// A view of a record batch's header; it reads the buffer when asked and copies nothing. It does not judge what it reads:
/// see <see cref="RecordBatchEnumerator"/> and <see cref="RecordBatchValidator"/>.
/// </summary>
public readonly ref struct RecordBatchHeader
{
    private readonly ReadOnlySpan<byte> _header;

    /// <param name="buffer">Begins with a batch; at least <see cref="RecordBatchLayout.HeaderBytes"/> bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The buffer is shorter than a header.</exception>
    public RecordBatchHeader(ReadOnlySpan<byte> buffer) => _header = buffer[..RecordBatchLayout.HeaderBytes];

    /// <summary>The header of a batch that may lie across the pieces that it was received in.</summary>
    /// <param name="batches">Begins with the batch; at least <see cref="RecordBatchLayout.HeaderBytes"/> bytes.</param>
    /// <param name="copy">Room for a header that lies in two pieces; as many bytes.</param>
    public static RecordBatchHeader Of(in ReadOnlySequence<byte> batches, Span<byte> copy)
    {
        if (batches.FirstSpan.Length >= RecordBatchLayout.HeaderBytes)
            return new RecordBatchHeader(batches.FirstSpan);
        batches.Slice(0, RecordBatchLayout.HeaderBytes).CopyTo(copy);
        return new RecordBatchHeader(copy);
    }

    /// <summary>Bytes of the whole batch that some bytes begin with.</summary>
    public static int LengthOf(in ReadOnlySequence<byte> batches)
    {
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        return Of(batches, copy).TotalBytes;
    }

    public long BaseOffset => Int64(RecordBatchLayout.BaseOffset);

    /// <summary>Bytes of the batch after the length field.</summary>
    public int BatchLength => Int32(RecordBatchLayout.BatchLength);

    /// <summary>Bytes of the whole batch. Overflows to a negative number for a nonsensical length.</summary>
    public int TotalBytes => unchecked(RecordBatchLayout.LogOverheadBytes + BatchLength);

    public int PartitionLeaderEpoch => Int32(RecordBatchLayout.PartitionLeaderEpoch);

    public byte Magic => _header[RecordBatchLayout.Magic];

    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(_header[RecordBatchLayout.Crc..]);

    public short Attributes => BinaryPrimitives.ReadInt16BigEndian(_header[RecordBatchLayout.Attributes..]);

    /// <summary>May be a value that the enum does not name.</summary>
    public CompressionType Compression => (CompressionType)(Attributes & RecordBatchLayout.CompressionMask);

    public TimestampType TimestampType => Has(RecordBatchLayout.LogAppendTimeMask) ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public bool IsTransactional => Has(RecordBatchLayout.TransactionalMask);

    /// <summary>The batch holds a transaction marker or another record that clients never see.</summary>
    public bool IsControl => Has(RecordBatchLayout.ControlMask);

    /// <summary><see cref="BaseTimestamp"/> is the time from which compaction may drop the batch's tombstones.</summary>
    public bool HasDeleteHorizon => Has(RecordBatchLayout.DeleteHorizonMask);

    public int LastOffsetDelta => Int32(RecordBatchLayout.LastOffsetDelta);

    public long LastOffset => unchecked(BaseOffset + LastOffsetDelta);

    /// <summary>The offset after this batch.</summary>
    public long NextOffset => unchecked(LastOffset + 1);

    /// <summary>Milliseconds since the Unix epoch.</summary>
    public long BaseTimestamp => Int64(RecordBatchLayout.BaseTimestamp);

    /// <summary>Milliseconds since the Unix epoch; -1 for none.</summary>
    public long MaxTimestamp => Int64(RecordBatchLayout.MaxTimestamp);

    /// <summary>-1 for a producer that is not idempotent.</summary>
    public long ProducerId => Int64(RecordBatchLayout.ProducerId);

    public short ProducerEpoch => BinaryPrimitives.ReadInt16BigEndian(_header[RecordBatchLayout.ProducerEpoch..]);

    public int BaseSequence => Int32(RecordBatchLayout.BaseSequence);

    /// <summary>Sequence of the last record; after <see cref="int.MaxValue"/> comes 0. -1 when the batch has no sequence.</summary>
    public int LastSequence => BaseSequence < 0 ? -1 : unchecked((int)(((long)BaseSequence + LastOffsetDelta) & int.MaxValue));

    public int RecordCount => Int32(RecordBatchLayout.RecordCount);

    /// <summary>The batch has a producer id, so sequences decide whether it is a duplicate.</summary>
    public bool IsIdempotent => ProducerId >= 0;

    private bool Has(int mask) => (Attributes & mask) != 0;

    private int Int32(int at) => BinaryPrimitives.ReadInt32BigEndian(_header[at..]);

    private long Int64(int at) => BinaryPrimitives.ReadInt64BigEndian(_header[at..]);
}
