using CloudStream.Client.Transport;
using CloudStream.Records;

namespace CloudStream.Client;

/// <summary>
/// Whole record batches of one partition, as the broker keeps them. They are the consumer's: valid until the next ones are asked for.
/// </summary>
public sealed class ConsumedBatches
{
    // The checksums were looked at when the batches came, unless that was not wanted.
    private static readonly RecordReaderOptions ReadOptions = new() { VerifyCrc = false, ReleasePassedBatches = true };

    private readonly FetchReply _reply;

    internal ConsumedBatches(TopicPartition partition, long offset, long endOffset, FetchReply reply, int wholeBytes, long nextOffset,
        int generation)
    {
        TopicPartition = partition;
        Offset = offset;
        EndOffset = endOffset;
        NextOffset = nextOffset;
        Generation = generation;
        _reply = reply;
        Bytes = reply.Bytes[..wholeBytes];
    }

    /// <summary>Where they were read.</summary>
    public TopicPartition TopicPartition { get; }

    /// <summary>The offset that was asked for. The first batch contains it, and may begin before it.</summary>
    public long Offset { get; }

    /// <summary>Where reading goes on after them.</summary>
    public long NextOffset { get; }

    /// <summary>The end of the partition when it was fetched; -1 where the broker did not say.</summary>
    public long HighWatermark => _reply.HighWatermark;

    /// <summary>The lowest offset that was still there when it was fetched; -1 where the broker did not say.</summary>
    public long LogStartOffset => _reply.LogStartOffset;

    /// <summary>The batches, one after the other.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    internal long EndOffset { get; }

    internal int Generation { get; }

    /// <summary>
    /// The records from <see cref="Offset"/> on, without an allocation per record. With <see cref="ConsumerOptions.StopAtEnd"/> the last
    /// batch may hold records that were added after the end was taken. Dispose the reader before the next batches are asked for.
    /// </summary>
    public RecordReader OpenRecords() => RecordBatchReader.ReadFrom(Bytes, Offset, ReadOptions);

    internal void Release() => _reply.Dispose();
}
