using CloudStream.Cli.Shell;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;

namespace CloudStream.Cli.Bench.Kafka;

/// <summary>
/// A topic's partitions with the brokers that lead them, and one connection to each of those. They are looked up once: a leader that
/// changes ends the measurement.
/// </summary>
internal sealed class LeaderConnections : IDisposable
{
    private const short MetadataVersion = 9, ListOffsetsVersion = 7;
    private const int RetryMs = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly BrokerConnection[] _byPartition;

    private LeaderConnections(string topic, BrokerConnection[] byPartition)
    {
        Topic = topic;
        _byPartition = byPartition;
        Connections = [.. byPartition.Distinct()];
    }

    public string Topic { get; }

    public int Partitions => _byPartition.Length;

    /// <summary>One for each broker that leads a partition.</summary>
    public IReadOnlyList<BrokerConnection> Connections { get; }

    /// <summary>Asks any broker for the leaders and connects to them.</summary>
    /// <exception cref="CommandException">A partition has no leader, or a broker is not there.</exception>
    public static async Task<LeaderConnections> FindAsync(HostPort any, string topic, CancellationToken cancellationToken)
    {
        using BrokerConnection first = await BrokerConnection.OpenAsync(any, cancellationToken);
        MetadataResponse found = await LookUpAsync(first, topic, cancellationToken);
        var byBroker = new Dictionary<int, BrokerConnection>();
        var byPartition = new BrokerConnection[found.Topics[0].Partitions.Count];
        foreach (MetadataResponse.MetadataResponsePartition partition in found.Topics[0].Partitions)
        {
            if (!byBroker.TryGetValue(partition.LeaderId, out BrokerConnection? leader))
                byBroker[partition.LeaderId] = leader = await BrokerConnection.OpenAsync(
                    AddressOf(found, partition.LeaderId), cancellationToken);
            byPartition[partition.PartitionIndex] = leader;
        }

        return new LeaderConnections(topic, byPartition);
    }

    public BrokerConnection Of(int partition) => _byPartition[partition];

    public IEnumerable<int> LedBy(BrokerConnection connection) => Enumerable.Range(0, Partitions).Where(p => _byPartition[p] == connection);

    /// <summary>The first or the next offset of every partition.</summary>
    /// <param name="timestamp">-2 for the first offset that is there, -1 for the next one to be written.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<long[]> ListOffsetsAsync(long timestamp, CancellationToken cancellationToken)
    {
        long[] offsets = new long[Partitions];
        foreach (BrokerConnection connection in Connections)
        {
            var asked = new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = Topic }] };
            foreach (int partition in LedBy(connection))
                asked.Topics[0].Partitions.Add(new() { PartitionIndex = partition, Timestamp = timestamp });
            var answer = await connection.AskAsync<ListOffsetsResponse>(asked, ListOffsetsVersion, cancellationToken);
            foreach (ListOffsetsResponse.ListOffsetsPartitionResponse partition in answer.Topics[0].Partitions)
            {
                if (partition.ErrorCode != 0)
                    throw Refused("look-up of offsets", partition.PartitionIndex, partition.ErrorCode);
                offsets[partition.PartitionIndex] = partition.Offset;
            }
        }

        return offsets;
    }

    /// <summary>What is said when a broker refuses something for a partition.</summary>
    public CommandException Refused(string what, int partition, short error, string? detail = null) =>
        new($"{what}, {Topic}-{partition} at {Of(partition).Address}: {(KafkaError)error}{(detail is null ? "" : $" ({detail})")}");

    public void Dispose()
    {
        foreach (BrokerConnection connection in Connections)
            connection.Dispose();
    }

    // A topic that was made over HTTP a moment ago may not be known to every broker yet.
    private static async Task<MetadataResponse> LookUpAsync(BrokerConnection connection, string topic, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var asked = new MetadataRequest { Topics = [new() { Name = topic }], AllowAutoTopicCreation = false };
            var found = await connection.AskAsync<MetadataResponse>(asked, MetadataVersion, cancellationToken);
            short error = ErrorOf(found.Topics[0]);
            if (error == 0)
                return found;
            if ((KafkaError)error is not (KafkaError.UnknownTopicOrPartition or KafkaError.LeaderNotAvailable)
                || TimeProvider.System.GetElapsedTime(began) > Patience)
                throw new CommandException($"{connection.Address} does not know the leaders of {topic}: {(KafkaError)error}");
            await Task.Delay(RetryMs, cancellationToken);
        }
    }

    private static short ErrorOf(MetadataResponse.MetadataResponseTopic topic) =>
        topic.ErrorCode != 0 ? topic.ErrorCode : topic.Partitions.Find(p => p.ErrorCode != 0)?.ErrorCode ?? 0;

    private static HostPort AddressOf(MetadataResponse found, int broker) =>
        found.Brokers.Find(b => b.NodeId == broker) is { } node
            ? new HostPort(node.Host, node.Port)
            : throw new CommandException($"broker {broker} leads a partition and is not among the brokers");
}
