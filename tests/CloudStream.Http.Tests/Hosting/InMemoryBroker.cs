using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using CloudStream.Engine;
using CloudStream.Engine.Fetch;
using CloudStream.Engine.Produce;
using CloudStream.Engine.Topics;
using CloudStream.Records;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>A log in lists, for running the API without stores.</summary>
public sealed class InMemoryBroker : IBroker
{
    private sealed class Log
    {
        public List<byte[]> Batches = [];
        public long Start;
        public long End;
        public TaskCompletionSource More = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public Dictionary<long, (int Seq, long Offset, int Count)> Producers = [];
    }

    private readonly ConcurrentDictionary<string, TopicInfo> _topics = new();
    private readonly ConcurrentDictionary<TopicPartition, Log> _logs = new();
    private long _pid = 1000;

    public string ClusterId => "c1";
    public int BrokerId => 0;
    public bool IsReady => true;
    public int MaxMessageBytes => 1048588;
    public bool AutoCreateTopics { get; set; }

    public ValueTask<TopicResult> CreateTopicAsync(string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken)
    {
        if (name.Contains(' ')) return new(new TopicResult(ErrorCode.InvalidTopicName, null, "bad name"));
        if (config.ContainsKey("nope")) return new(new TopicResult(ErrorCode.InvalidConfig, null, "unknown setting \"nope\""));
        var topic = new TopicInfo(name, Guid.NewGuid(), [.. Enumerable.Repeat(0, partitions < 0 ? 1 : partitions)], config.ToImmutableSortedDictionary());
        return new(_topics.TryAdd(name, topic) ? new TopicResult(ErrorCode.None, topic) : new TopicResult(ErrorCode.TopicExists, null, "exists"));
    }

    public ValueTask<TopicInfo?> FindTopicAsync(string name, CancellationToken cancellationToken) => new(_topics.GetValueOrDefault(name));
    public ValueTask<IReadOnlyList<TopicInfo>> ListTopicsAsync(CancellationToken cancellationToken) => new([.. _topics.Values.OrderBy(t => t.Name, StringComparer.Ordinal)]);
    public IReadOnlyList<ConfigEntry> DescribeConfig(TopicInfo topic) => [new("retention.ms", topic.Config.GetValueOrDefault("retention.ms", "604800000"), !topic.Config.ContainsKey("retention.ms"), "doc")];
    public ValueTask<IReadOnlyList<PartitionInfo>> DescribePartitionsAsync(TopicInfo topic, CancellationToken cancellationToken) =>
        new([.. Enumerable.Range(0, topic.PartitionCount).Select(p => { var l = Get(new(topic.Name, p))!; return new PartitionInfo(p, 0, 0, 0, l.Start, l.End, 0); })]);

    public ValueTask<TopicResult> AlterConfigAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken)
    {
        if (!_topics.TryGetValue(name, out var t)) return new(new TopicResult(ErrorCode.UnknownTopic));
        var c = t.Config;
        foreach (var (k, v) in changes) c = v is null ? c.Remove(k) : c.SetItem(k, v);
        return new(new TopicResult(ErrorCode.None, _topics[name] = t with { Config = c }));
    }

    public ValueTask<TopicResult> AddPartitionsAsync(string name, int newCount, CancellationToken cancellationToken)
    {
        if (!_topics.TryGetValue(name, out var t)) return new(new TopicResult(ErrorCode.UnknownTopic));
        if (newCount < t.PartitionCount) return new(new TopicResult(ErrorCode.InvalidPartitions, null, "fewer"));
        return new(new TopicResult(ErrorCode.None, _topics[name] = t with { Shards = [.. Enumerable.Repeat(0, newCount)] }));
    }

    public ValueTask<TopicResult> DeleteTopicAsync(string name, CancellationToken cancellationToken)
    {
        if (!_topics.TryRemove(name, out _)) return new(new TopicResult(ErrorCode.UnknownTopic));
        foreach (var k in _logs.Keys.Where(k => k.Topic == name)) { _logs.TryRemove(k, out var l); l!.More.TrySetResult(); }
        return new(new TopicResult(ErrorCode.None));
    }

    private Log? Get(TopicPartition p) => _topics.TryGetValue(p.Topic, out var t) && p.Partition < t.PartitionCount ? _logs.GetOrAdd(p, _ => new Log()) : null;
    private ErrorCode Missing(TopicPartition p) => _topics.ContainsKey(p.Topic) ? ErrorCode.UnknownPartition : ErrorCode.UnknownTopic;

    public async ValueTask<AppendResult> AppendAsync(TopicPartition partition, ReadOnlyMemory<byte> batches, AppendOptions options, CancellationToken cancellationToken)
    {
        var copy = batches.ToArray();
        if (Get(partition) is not { } log) return AppendResult.Failed(Missing(partition), "no such");
        AppendResult r;
        lock (log)
        {
            if (options.ExpectedOffset >= 0 && options.ExpectedOffset != log.End) return new AppendResult(ErrorCode.OffsetMismatch, LogEndOffset: log.End, Detail: $"the log ends at {log.End}");
            var at = 0; var first = log.End;
            while (at < copy.Length)
            {
                if (copy.Length - at < 61) return AppendResult.Failed(ErrorCode.CorruptMessage, "cut off");
                var h = new RecordBatchHeader(copy.AsSpan(at));
                if (h.TotalBytes > copy.Length - at || RecordBatchLayout.ComputeCrc(copy.AsSpan(at)) != h.Crc) return AppendResult.Failed(ErrorCode.CorruptMessage, "crc");
                if (h.ProducerId >= 0)
                {
                    if (log.Producers.TryGetValue(h.ProducerId, out var last))
                    {
                        if (last.Seq == h.BaseSequence) return new AppendResult(ErrorCode.None, last.Offset, last.Offset + last.Count - 1, -1, log.Start, log.End, true);
                        if (last.Seq + last.Count != h.BaseSequence) return AppendResult.Failed(ErrorCode.OutOfOrderSequence, "sequence");
                    }
                    log.Producers[h.ProducerId] = (h.BaseSequence, log.End, h.RecordCount);
                }
                var b = copy.AsSpan(at, h.TotalBytes).ToArray();
                RecordBatchLayout.SetBaseOffset(b, log.End);
                log.Batches.Add(b); log.End += h.RecordCount; at += h.TotalBytes;
            }
            r = new AppendResult(ErrorCode.None, first, log.End - 1, -1, log.Start, log.End);
            var m = log.More; log.More = new(TaskCreationOptions.RunContinuationsAsynchronously); m.TrySetResult();
        }
        await Task.Yield();
        return r;
    }

    public async ValueTask<FetchResult> FetchAsync(TopicPartition partition, long offset, FetchOptions options, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Get(partition) is not { } log) return FetchResult.Failed(Missing(partition), "no such");
            Task more;
            lock (log)
            {
                if (offset < log.Start || offset > log.End) return FetchResult.Failed(ErrorCode.OffsetOutOfRange, $"offset {offset} is not in {log.Start}..{log.End}", log.End, log.Start);
                var pieces = new List<ReadOnlyMemory<byte>>(); long bytes = 0; var next = offset;
                foreach (var b in log.Batches)
                {
                    var h = new RecordBatchHeader(b);
                    if (h.NextOffset <= offset) continue;
                    if (bytes >= options.MaxBytes) break;
                    pieces.Add(b); bytes += b.Length; next = h.NextOffset;
                }
                if (bytes >= options.MinBytes || options.MaxWait == TimeSpan.Zero)
                    return new FetchResult(ErrorCode.None, pieces, bytes, null) { NextOffset = next, HighWatermark = log.End, LastStableOffset = log.End, LogStartOffset = log.Start };
                more = log.More.Task;
            }
            if (await Task.WhenAny(more, Task.Delay(options.MaxWait, cancellationToken)) != more) { cancellationToken.ThrowIfCancellationRequested(); options = options with { MaxWait = TimeSpan.Zero }; }
        }
    }

    public ValueTask<OffsetResult> ListOffsetAsync(TopicPartition partition, OffsetSpec spec, CancellationToken cancellationToken)
    {
        if (Get(partition) is not { } log) return new(new OffsetResult(Missing(partition), Detail: "no such"));
        lock (log)
        {
            if (spec == OffsetSpec.Latest) return new(new OffsetResult(ErrorCode.None, log.End, -1, 0));
            if (spec == OffsetSpec.Earliest) return new(new OffsetResult(ErrorCode.None, log.Start, -1, 0));
            foreach (var b in log.Batches)
                foreach (var r in RecordBatchReader.Read(b))
                    if (r.Timestamp >= spec.Value && r.Offset >= log.Start) return new(new OffsetResult(ErrorCode.None, r.Offset, r.Timestamp, 0));
            return new(new OffsetResult(ErrorCode.None));
        }
    }

    public ValueTask<OffsetResult> DeleteRecordsAsync(TopicPartition partition, long beforeOffset, CancellationToken cancellationToken)
    {
        if (Get(partition) is not { } log) return new(new OffsetResult(Missing(partition)));
        lock (log)
        {
            if (beforeOffset > log.End) return new(new OffsetResult(ErrorCode.OffsetOutOfRange, Detail: "beyond"));
            log.Start = Math.Max(log.Start, beforeOffset < 0 ? log.End : beforeOffset);
            return new(new OffsetResult(ErrorCode.None, log.Start));
        }
    }

    public ValueTask<long> AllocateProducerIdAsync(CancellationToken cancellationToken) => new(Interlocked.Increment(ref _pid));
}
