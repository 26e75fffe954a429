using CloudStream.Records;

namespace CloudStream.Cli.Consume;

/// <summary>What a format string can print of a record. Views of the consumer's buffers, valid while the record is.</summary>
internal readonly record struct FormattedRecord(
    ReadOnlyMemory<byte> Topic,
    int Partition,
    long Offset,
    long TimestampMs,
    ReadOnlyMemory<byte>? Key,
    ReadOnlyMemory<byte>? Value,
    RecordHeader[] Headers);
