using System.Buffers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Cluster.Produce;

/// <summary>
/// Judges what is in produced batches, record by record, as Kafka does: each batch decompresses, its records parse, are as many as its
/// header says and numbered from 0; each has a key where the topic is compacted, and a time within the topic's bounds. Used by one append.
/// </summary>
internal struct RecordCheck(TopicInfo topic, int partition, TopicConfig config, long nowMs)
{
    // Records that are named to the client; a batch may hold millions.
    private const int MaxNamed = 100;

    private readonly bool _isTimeChecked = config.TimestampType == TimestampType.CreateTime;
    private List<RefusedRecord>? _refused;
    private int _refusals;
    private bool _hasBadTime;
    private long _records;

    /// <summary>Bytes of memory that judging the batches takes: that of the one that takes most, as their headers claim.</summary>
    public static long MemoryFor(in ReadOnlySequence<byte> batches)
    {
        var most = 0L;
        for (var rest = batches; !rest.IsEmpty;)
        {
            var batch = rest.Slice(0, RecordBatchHeader.LengthOf(rest));
            most = Math.Max(most, RecordScanner.MemoryFor(batch));
            rest = rest.Slice(batch.Length);
        }

        return most;
    }

    /// <summary>Judges them.</summary>
    /// <param name="batches">One or more valid batches.</param>
    /// <param name="times">Learns the largest timestamp of each batch.</param>
    /// <returns>Why they are refused, all as one; null when they are not.</returns>
    public AppendResult? Refuse(in ReadOnlySequence<byte> batches, ref BatchTimes times)
    {
        for (var rest = batches; !rest.IsEmpty;)
        {
            var batch = rest.Slice(0, RecordBatchHeader.LengthOf(rest));
            if (Judge(batch, out var largest) is { } refusal)
                return refusal;
            if (_isTimeChecked && _refusals == 0)
                times.Settle(batches, (int)(batches.Length - rest.Length), largest);
            rest = rest.Slice(batch.Length);
        }

        return _refusals == 0 ? null : Refusal();
    }

    private AppendResult? Judge(in ReadOnlySequence<byte> batch, out long largest)
    {
        largest = -1;
        using var records = new RecordScanner(batch, config.MaxDecompressedBytes);
        while (records.MoveNext())
        {
            largest = Math.Max(largest, records.ProducerTimestamp);
            if (config.IsCompacted && !records.HasKey)
                Name(records.Index, $"Compacted topic cannot accept message without key in topic partition {topic.Name}-{partition}");
            else if (_isTimeChecked && IsOutOfBounds(records.ProducerTimestamp))
                NameTime(records.Index, records.ProducerTimestamp);
            else if (!_isTimeChecked && records.IsStamped)
                NameMark(records.Index);
        }

        if (records.Complaint is { } complaint)
            return Unsound(records, complaint);
        _records += records.Index + 1;
        return null;
    }

    private readonly AppendResult Unsound(in RecordScanner records, string complaint) => records.IsTooLarge
        ? AppendResult.Failed(
            ErrorCode.MessageTooLarge,
            $"A record batch for partition {topic.Name}-{partition} decompresses to more than {config.MaxDecompressedBytes} bytes "
                + $"({TopicConfigNames.MaxDecompressedBytes}).")
        : AppendResult.Failed(ErrorCode.InvalidRecord, $"A record batch for partition {topic.Name}-{partition} {complaint}.") with
        {
            RefusedRecords = records.Index < 0 ? null : [new RefusedRecord((int)_records + records.Index, $"The batch {complaint}.")],
        };

    private readonly bool IsOutOfBounds(long timestamp) => timestamp != -1
        && (nowMs - timestamp > config.TimestampBeforeMaxMs || timestamp - nowMs > config.TimestampAfterMaxMs);

    private void NameTime(int index, long timestamp)
    {
        _hasBadTime = true;
        var (first, last) = (unchecked(nowMs - config.TimestampBeforeMaxMs), unchecked(nowMs + config.TimestampAfterMaxMs));
        Name(index,
            $"Timestamp {timestamp} of message with offset {index} is out of range. The timestamp should be within [{first}, {last}]");
    }

    // As Kafka: only where brokers stamp records is a producer that claims to have done so refused.
    private void NameMark(int index)
    {
        _hasBadTime = true;
        Name(index, $"Invalid timestamp type in message with offset {index}. Producer should not set timestamp type to LogAppendTime.");
    }

    private void Name(int index, string reason)
    {
        _refusals++;
        _refused ??= [];
        if (_refused.Count < MaxNamed)
            _refused.Add(new RefusedRecord((int)_records + index, reason));
    }

    // In Kafka's words, which clients show.
    private readonly AppendResult Refusal() => new(
        _hasBadTime ? ErrorCode.InvalidTimestamp : ErrorCode.InvalidRecord,
        Detail: _hasBadTime
            ? "One or more records have been rejected due to invalid timestamp"
            : $"One or more records have been rejected due to {_refusals} record errors in total, and only showing the first three errors "
                + $"at most: [{First(3)}]",
        RefusedRecords: _refused);

    private readonly string First(int count) =>
        string.Join(", ", _refused!.Take(count).Select(r => $"RecordError(batchIndex={r.Index}, message='{r.Reason}')"));
}
