using System.Buffers;
using BenchmarkDotNet.Attributes;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Benchmarks;

/// <summary>
/// What the Kafka wire layer adds to a produce and a fetch: bytes to request, response to pieces. Neither time nor allocation may depend on
/// the records.
/// </summary>
[ShortRunJob]
[MemoryDiagnoser]
public class WireBenchmarks : IDisposable
{
    private readonly WireWriter _writer = new();
    private ReadOnlySequence<byte> _produce;
    private ReadOnlySequence<byte> _fetch;
    private FetchResponse _fetched = new();

    [Params(1, 100)]
    public int Partitions { get; set; }

    [Params(100, 100_000)]
    public int RecordBytes { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var produce = new ProduceRequest { Acks = -1, TimeoutMs = 30_000, TopicData = [new() { Name = "a-topic-with-a-name" }] };
        var fetch = new FetchRequest { MaxWaitMs = 500, MinBytes = 1, Topics = [new() { Topic = "a-topic-with-a-name" }] };
        _fetched = new FetchResponse { Responses = [new() { Topic = "a-topic-with-a-name" }] };
        for (int i = 0; i < Partitions; i++)
        {
            produce.TopicData[0].PartitionData.Add(new() { Index = i, Records = new(new byte[RecordBytes]) });
            fetch.Topics[0].Partitions.Add(new() { Partition = i, FetchOffset = 1_000_000 + i, PartitionMaxBytes = 1 << 20 });
            _fetched.Responses[0].Partitions.Add(
                new() { PartitionIndex = i, HighWatermark = 1_000_000, LastStableOffset = 1_000_000, Records = [new byte[RecordBytes]] });
        }

        _produce = Frame(new RequestHeader((short)ApiKey.Produce, 9, 1, "client"), produce);
        _fetch = Frame(new RequestHeader((short)ApiKey.Fetch, 12, 1, "client"), fetch);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _writer.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public bool ReadProduceRequest() => RequestFrame.Read(_produce).Outcome == RequestOutcome.Parsed;

    [Benchmark]
    public bool ReadFetchRequest() => RequestFrame.Read(_fetch).Outcome == RequestOutcome.Parsed;

    [Benchmark]
    public long WriteFetchResponse()
    {
        _writer.Reset();
        ResponseFrame.Write(_writer, 1, _fetched, 12);
        return _writer.Complete().Length;
    }

    private ReadOnlySequence<byte> Frame(RequestHeader header, KafkaRequest request)
    {
        _writer.Reset();
        RequestFrame.Write(_writer, header, request);
        return new ReadOnlySequence<byte>(_writer.Complete().Slice(4).ToArray());
    }
}
