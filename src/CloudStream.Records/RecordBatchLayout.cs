using System.Buffers.Binary;

namespace CloudStream.Records;

/// <summary>
/// Where the fields of a record batch (magic 2) lie, in bytes from its start; all big-endian. Source: Apache Kafka documentation,
/// "Message Format: Record Batch". Also the fields that a broker rewrites in place.
/// </summary>
public static class RecordBatchLayout
{
    /// <summary>int64. Not covered by the CRC, so the broker can assign it.</summary>
    public const int BaseOffset = 0;

    /// <summary>int32: bytes that follow this field.</summary>
    public const int BatchLength = 8;

    /// <summary>int32. Not covered by the CRC.</summary>
    public const int PartitionLeaderEpoch = 12;

    /// <summary>int8, always 2 here. Not covered by the CRC.</summary>
    public const int Magic = 16;

    /// <summary>uint32, CRC-32C of everything from <see cref="Attributes"/> to the end of the batch.</summary>
    public const int Crc = 17;

    /// <summary>int16, see the masks below.</summary>
    public const int Attributes = 21;

    /// <summary>int32: last offset minus base offset.</summary>
    public const int LastOffsetDelta = 23;

    /// <summary>int64, milliseconds since the Unix epoch.</summary>
    public const int BaseTimestamp = 27;

    /// <summary>int64, milliseconds since the Unix epoch.</summary>
    public const int MaxTimestamp = 35;

    /// <summary>int64, -1 without one.</summary>
    public const int ProducerId = 43;

    /// <summary>int16.</summary>
    public const int ProducerEpoch = 51;

    /// <summary>int32, sequence of the first record.</summary>
    public const int BaseSequence = 53;

    /// <summary>int32.</summary>
    public const int RecordCount = 57;

    /// <summary>Bytes before the first record.</summary>
    public const int HeaderBytes = 61;

    /// <summary>Bytes that <see cref="BatchLength"/> does not count: base offset and the length itself.</summary>
    public const int LogOverheadBytes = 12;

    /// <summary>The smallest value of <see cref="BatchLength"/>: a header and nothing else.</summary>
    public const int MinBatchLength = HeaderBytes - LogOverheadBytes;

    /// <summary>The only record format that is stored.</summary>
    public const byte CurrentMagic = 2;

    public const int CompressionMask = 0x07;
    public const int LogAppendTimeMask = 0x08;
    public const int TransactionalMask = 0x10;
    public const int ControlMask = 0x20;
    public const int DeleteHorizonMask = 0x40;

    /// <summary>Assigns the offset of the batch's first record; the CRC stays valid.</summary>
    public static void SetBaseOffset(Span<byte> batch, long v) => BinaryPrimitives.WriteInt64BigEndian(batch[BaseOffset..], v);

    /// <summary>Sets the partition leader epoch; the CRC stays valid.</summary>
    public static void SetPartitionLeaderEpoch(Span<byte> batch, int v) =>
        BinaryPrimitives.WriteInt32BigEndian(batch[PartitionLeaderEpoch..], v);

    /// <summary>
    /// Marks the batch as stamped by the broker: timestamp type, max timestamp, and the CRC, which covers both.
    /// </summary>
    /// <param name="batch">Begins with a whole, valid batch; what follows that batch is left alone.</param>
    /// <param name="timestampMs">Milliseconds since the Unix epoch.</param>
    public static void SetMaxTimestampLogAppend(Span<byte> batch, long timestampMs)
    {
        var attributes = BinaryPrimitives.ReadInt16BigEndian(batch[Attributes..]);
        BinaryPrimitives.WriteInt16BigEndian(batch[Attributes..], (short)(attributes | LogAppendTimeMask));
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestamp..], timestampMs);
        UpdateCrc(batch);
    }

    /// <summary>
    /// Marks the batch as stamped by its producer: timestamp type, max timestamp, and the CRC, which covers both.
    /// </summary>
    /// <param name="batch">Begins with a whole, valid batch; what follows that batch is left alone.</param>
    /// <param name="timestampMs">The largest timestamp of its records, milliseconds since the Unix epoch; -1 for none.</param>
    public static void SetMaxTimestampCreate(Span<byte> batch, long timestampMs)
    {
        var attributes = BinaryPrimitives.ReadInt16BigEndian(batch[Attributes..]);
        BinaryPrimitives.WriteInt16BigEndian(batch[Attributes..], (short)(attributes & ~LogAppendTimeMask));
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestamp..], timestampMs);
        UpdateCrc(batch);
    }

    /// <summary>Computes the CRC that the batch should carry.</summary>
    /// <param name="batch">Begins with a whole batch.</param>
    public static uint ComputeCrc(ReadOnlySpan<byte> batch) => Crc32C.Compute(batch[Attributes..TotalBytes(batch)]);

    /// <summary>Writes the CRC over what the batch now holds.</summary>
    /// <param name="batch">Begins with a whole batch.</param>
    public static void UpdateCrc(Span<byte> batch) => BinaryPrimitives.WriteUInt32BigEndian(batch[Crc..], ComputeCrc(batch));

    private static int TotalBytes(ReadOnlySpan<byte> batch) =>
        LogOverheadBytes + BinaryPrimitives.ReadInt32BigEndian(batch[BatchLength..]);
}
