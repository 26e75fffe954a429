using CloudStream.Records.Compression;

namespace CloudStream.Records;

/// <summary>What a <see cref="RecordBatchBuilder"/> writes into the header, and how it compresses.</summary>
public sealed record RecordBatchOptions
{
    public CompressionType Compression { get; init; } = CompressionType.None;

    /// <summary>
    /// The codec's own scale: gzip 1–9, lz4 1–17, zstd 1–22; snappy has none. Null is the codec's default (gzip 6, lz4 fastest, zstd 3).
    /// </summary>
    public int? CompressionLevel { get; init; }

    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary>-1 for none.</summary>
    public long ProducerId { get; init; } = -1;

    /// <summary>-1 without a producer id.</summary>
    public short ProducerEpoch { get; init; } = -1;

    /// <summary>Sequence of the first record; -1 without a producer id.</summary>
    public int BaseSequence { get; init; } = -1;

    public bool IsTransactional { get; init; }

    /// <summary>Marks a transaction marker or the like; clients may not send such batches.</summary>
    public bool IsControl { get; init; }

    /// <summary>Offset of the first record. Default 0: the broker assigns it.</summary>
    public long BaseOffset { get; init; }

    /// <summary>Default -1: unknown, as producers write it.</summary>
    public int PartitionLeaderEpoch { get; init; } = -1;

    /// <summary>Bytes to rent at first; the buffer grows as needed. Default 16 KiB.</summary>
    public int InitialCapacity { get; init; } = 16 * 1024;
}
