using System.Net;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>
/// A connection to the broker that a case is about, and what cases need before they can ask: topics, producers, members of groups.
/// </summary>
internal sealed class CaseBroker(WireClient client, IPEndPoint end) : IDisposable
{
    public const int SessionTimeoutMs = 30_000;

    private static int s_names;

    public WireClient Client => client;

    public static async Task<CaseBroker> ConnectAsync(IPEndPoint end) => new(await WireClient.ConnectAsync(end), end);

    /// <summary>Another connection to the same broker.</summary>
    public Task<CaseBroker> AgainAsync() => ConnectAsync(end);

    /// <summary>A name that nothing has yet.</summary>
    public static string NewName(string prefix = "name") => $"{prefix}-{Interlocked.Increment(ref s_names)}";

    public Task<T> AskAsync<T>(KafkaRequest request, short version)
        where T : KafkaResponse, new() => client.AskAsync<T>(request, version);

    /// <summary>A new topic that has its leaders.</summary>
    public async Task<string> TopicAsync(int partitions = 1, params (string Name, string? Value)[] config)
    {
        var name = NewName("topic");
        await TopicAsync(name, partitions, config);
        return name;
    }

    /// <summary>A new topic of this name, with its leaders.</summary>
    public async Task TopicAsync(string name, int partitions, params (string Name, string? Value)[] config)
    {
        Assert.Equal(
            0, (await AskAsync<CreateTopicsResponse>(Hosting.Ask.CreateTopic(name, partitions, 1, config), 5)).Topics[0].ErrorCode);
        for (var i = 0; i < partitions; i++)
            await LedAsync(name, i);
    }

    /// <summary>The id of a topic.</summary>
    public async Task<Guid> IdAsync(string topic) =>
        (await AskAsync<MetadataResponse>(
            new MetadataRequest { Topics = [new() { Name = topic }], AllowAutoTopicCreation = false }, 12)).Topics[0].TopicId;

    /// <summary>Appends a record for each value.</summary>
    public async Task AppendAsync(string topic, params string[] values)
    {
        foreach (var value in values)
            Assert.Equal(
                0,
                (await AskAsync<ProduceResponse>(
                    Hosting.Ask.Produce(topic, 0, Hosting.Ask.Batch(value)), 9)).Responses[0].PartitionResponses[0].ErrorCode);
    }

    public async Task<long> ProducerIdAsync() =>
        (await AskAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null }, 4)).ProducerId;

    /// <summary>A request to join as a consumer that knows no id of its own.</summary>
    public static JoinGroupRequest Join(string group, string member = "", string? instance = null, string topic = "t") => new()
    {
        GroupId = group,
        MemberId = member,
        GroupInstanceId = instance,
        ProtocolType = "consumer",
        SessionTimeoutMs = SessionTimeoutMs,
        RebalanceTimeoutMs = SessionTimeoutMs,
        Protocols = [new() { Name = "range", Metadata = Subscription(topic) }],
    };

    /// <summary>A group of one member that has its assignment; its id and generation.</summary>
    public async Task<(string Group, string Member, int Generation)> MemberAsync(
        string? instance = null, string topic = "t", string? group = null)
    {
        group ??= NewName("group");
        var joined = await AskAsync<JoinGroupResponse>(Join(group, "", instance, topic), instance is null ? (short)3 : (short)5);
        Assert.Equal(0, joined.ErrorCode);
        var synced = await AskAsync<SyncGroupResponse>(Sync(group, joined.MemberId, joined.GenerationId), 4);
        Assert.Equal(0, synced.ErrorCode);
        return (group, joined.MemberId, joined.GenerationId);
    }

    public static SyncGroupRequest Sync(string group, string member, int generation, string? instance = null) => new()
    {
        GroupId = group,
        MemberId = member,
        GenerationId = generation,
        GroupInstanceId = instance,
        ProtocolType = "consumer",
        ProtocolName = "range",
        Assignments = [new() { MemberId = member, Assignment = new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } }],
    };

    public static OffsetCommitRequest Commit(string group, string topic, int generation = -1, string member = "", string? instance = null,
        string? metadata = "", int partition = 0) => new()
        {
            GroupId = group,
            GenerationIdOrMemberEpoch = generation,
            MemberId = member,
            GroupInstanceId = instance,
            Topics = [new()
            {
                Name = topic,
                Partitions = [new() { PartitionIndex = partition, CommittedOffset = 1, CommittedMetadata = metadata }]
            }],
        };

    public void Dispose() => client.Dispose();

    // A new topic of Apache Kafka is unknown to the broker for a moment.
    private async Task LedAsync(string topic, int partition)
    {
        for (var left = 10_000; left > 0; left--)
        {
            var answer = await AskAsync<ListOffsetsResponse>(
                new ListOffsetsRequest
                {
                    ReplicaId = -1,
                    Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Timestamp = -1 }] }]
                }, 7);
            if (answer.Topics[0].Partitions[0].ErrorCode == 0)
                return;
        }

        Assert.Fail($"{topic} {partition} has no leader");
    }

    // Version 0 of the consumer protocol: one topic, no user data.
    private static byte[] Subscription(string topic)
    {
        byte[] name = [.. System.Text.Encoding.UTF8.GetBytes(topic)];
        return [0, 0, 0, 0, 0, 1, 0, (byte)name.Length, .. name, 255, 255, 255, 255];
    }
}
