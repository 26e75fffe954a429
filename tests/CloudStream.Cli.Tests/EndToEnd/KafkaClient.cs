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
    private const short MetadataVersion = 9, ProduceVersion = 9;

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
            var request = new ProduceRequest
            {
                Acks = -1,
                TimeoutMs = 30_000,
                TopicData = [new() { Name = topic, PartitionData = [new()] }]
            };
            (request.TopicData[0].PartitionData[0].Index, request.TopicData[0].PartitionData[0].Records) = (partition,
                new ReadOnlySequence<byte>(Batch()));
            var answer = await connection.AskAsync<ProduceResponse>(request, ProduceVersion, CancellationToken.None);
            return answer.Responses[0].PartitionResponses[0].ErrorCode == 0;
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
