using System.Buffers;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Kafka.Produce;

/// <summary>What Kafka asks of a produce request beyond sound batches, which the engine checks. Looks at headers only.</summary>
internal static class ProduceChecks
{
    /// <summary>Why the request as a whole is refused.</summary>
    public static KafkaError Of(ProduceRequest request)
    {
        // As from a broker on which nobody may use transactions: there are none yet.
        return request.TransactionalId is not null
            || HasTransactionalBatch(request) ? KafkaError.TransactionalIdAuthorizationFailed : KafkaError.None;
    }

    /// <summary>Why the acknowledgement that is asked for cannot be had; null when it can.</summary>
    public static (KafkaError Error, string Detail)? Of(short acks) =>
        acks is < -1 or > 1 ? (KafkaError.InvalidRequiredAcks, $"acks is {acks}; it must be 0, 1 or -1 (all).") : null;

    /// <summary>Why one partition's records are refused, with words for the producer; null when they are not.</summary>
    public static (KafkaError Error, string Detail)? Of(ReadOnlySequence<byte>? records, short version)
    {
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        if (records is not { IsEmpty: false } batches)
            return (KafkaError.InvalidRecord, "There must be one record batch for each partition.");
        if (batches.Length < RecordBatchLayout.HeaderBytes)
            return (KafkaError.InvalidRecord, $"The records end after {batches.Length} bytes, inside a batch header.");
        batches.Slice(0, RecordBatchLayout.HeaderBytes).CopyTo(copy);
        var header = new RecordBatchHeader(copy);
        if (header.BatchLength >= RecordBatchLayout.MinBatchLength && header.TotalBytes > batches.Length)
            return (KafkaError.InvalidRecord, $"The records end after {batches.Length} bytes, inside a batch of {header.TotalBytes}.");
        if (header.Magic != RecordBatchLayout.CurrentMagic)
            return (header.Magic > RecordBatchLayout.CurrentMagic
                ? KafkaError.CorruptMessage
                : KafkaError.InvalidRecord, $"The record batch has magic {header.Magic}; only 2 is taken.");
        if (header.BatchLength >= RecordBatchLayout.MinBatchLength && header.TotalBytes < batches.Length)
            return (KafkaError.InvalidRecord, "There must be exactly one record batch for each partition.");
        if (header.Compression == CompressionType.Zstd && version < 7)
            return (KafkaError.UnsupportedCompressionType, "Produce requests below version 7 may not be compressed with zstd.");
        return header.BaseOffset == 0
            ? null
            : (KafkaError.InvalidRecord, $"The base offset of a produced batch is 0, not {header.BaseOffset}.");
    }

    private static bool HasTransactionalBatch(ProduceRequest request)
    {
        foreach (var topic in request.TopicData)
        {
            foreach (var partition in topic.PartitionData)
            {
                if (IsTransactional(partition.Records))
                    return true;
            }
        }

        return false;
    }

    private static bool IsTransactional(ReadOnlySequence<byte>? records)
    {
        if (records is not { } batches || batches.Length < RecordBatchLayout.HeaderBytes)
            return false;
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        batches.Slice(0, RecordBatchLayout.HeaderBytes).CopyTo(copy);
        var header = new RecordBatchHeader(copy);
        return header.Magic == RecordBatchLayout.CurrentMagic && header.IsTransactional;
    }
}
