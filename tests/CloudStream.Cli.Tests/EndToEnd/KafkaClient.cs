using System.Buffers;
using System.Diagnostics;
using CloudStream.Cli.Bench.Kafka;
using CloudStream.Cli.Shell;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Records;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>What a Kafka producer does that knows one broker: asks who leads, sends there, and begins again when that fails.</summary>
internal static class KafkaClient
{
    private const short MetadataVersion = 9, ProduceVersion = 9, FetchVersion = 11;

    /// <summary>How long it takes from now until a record to the partition is acknowledged.</summary>
    public static async Task<TimeSpan> AcknowledgedAsync(int port, string topic, int partition)
    {
        var began = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => TryProduceAsync(port, topic, partition), TimeSpan.FromMinutes(2),
            () => $"{topic}-{partition} takes no records");
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>What the broker says of the cluster and of a topic, which is made where it is missing.</summary>
    public static async Task<MetadataResponse> DescribeAsync(int port, string topic)
    {
        using BrokerConnection connection = await BrokerConnection.OpenAsync(new HostPort("127.0.0.1", port), CancellationToken.None);
        var asked = new MetadataRequest { Topics = [new() { Name = topic }], AllowAutoTopicCreation = true };
        return await connection.AskAsync<MetadataResponse>(asked, MetadataVersion, CancellationToken.None);
    }

    /// <summary>Produces a record on a connection that is open; gives its offset, -1 where it was refused.</summary>
    public static async Task<long> ProduceAsync(BrokerConnection connection, string topic, int partition)
    {
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [new() { Name = topic, PartitionData = [new()] }]
        };
        (request.TopicData[0].PartitionData[0].Index, request.TopicData[0].PartitionData[0].Records) = (partition,
            new ReadOnlySequence<byte>(Batch()));
        var answer = await connection.AskAsync<ProduceResponse>(request, ProduceVersion, CancellationToken.None);
        return answer.Responses[0].PartitionResponses[0] is { ErrorCode: 0 } stored ? stored.BaseOffset : -1;
    }

    /// <summary>How far a partition reaches, by a fetch from its beginning on a connection that is open.</summary>
    public static async Task<long> FetchAsync(BrokerConnection connection, string topic, int partition)
    {
        var request = new FetchRequest
        {
            MaxBytes = 1_000_000,
            Topics = [new() { Topic = topic, Partitions = [new() { Partition = partition, PartitionMaxBytes = 1_000_000 }] }],
        };
        var answer = await connection.AskAsync<FetchResponse>(request, FetchVersion, CancellationToken.None);
        return answer.Responses[0].Partitions[0] is { ErrorCode: 0 } found ? found.HighWatermark : -1;
    }

    private static async Task<bool> TryProduceAsync(int port, string topic, int partition)
    {
        try
        {
            MetadataResponse found = await DescribeAsync(port, topic);
            if (found.Topics[0].Partitions.Find(p => p.PartitionIndex == partition) is not { ErrorCode: 0 } led)
                return false;
            MetadataResponse.MetadataResponseBroker leader = found.Brokers.Find(b => b.NodeId == led.LeaderId)
                ?? throw new CommandException("a leader that is not listed");
            using BrokerConnection connection = await BrokerConnection.OpenAsync(
                new HostPort(leader.Host, leader.Port), CancellationToken.None);
            return await ProduceAsync(connection, topic, partition) >= 0;
        }
        catch (CommandException)
        {
            return false; // Nobody there, or gone meanwhile.
        }
    }

    private static ReadOnlyMemory<byte> Batch()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, "x"u8);
        return builder.Build().ToArray();
    }
}
