using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>ListOffsets, OffsetForLeaderEpoch, DeleteRecords, DescribeProducers.</summary>
internal static class OffsetCases
{
    public static ErrorCase[] All { get; } = [.. Lists(), .. Epochs(), .. Deletions(), .. Producers()];

    /// <summary>The leader epoch of partition 0.</summary>
    public static async Task<int> EpochAsync(CaseBroker broker, string topic) =>
        (await broker.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = topic }], AllowAutoTopicCreation = false },
            9)).Topics[0].Partitions[0].LeaderEpoch;

    private static IEnumerable<ErrorCase> Lists() =>
    [
        new("ListOffsets: unknown topic", "3@-1", static b => ListAsync(b, "nowhere", -1)),
        new("ListOffsets: unknown partition", "3@-1", static async b => await ListAsync(b, await b.TopicAsync(), -1, partition: 1)),
        new("ListOffsets: negative partition", "3@-1", static async b => await ListAsync(b, await b.TopicAsync(), -1, partition: -1)),
        new("ListOffsets: the same partition twice", "42@-1", static async b =>
        {
            var request = List(await b.TopicAsync(), -1, 0, -1);
            request.Topics[0].Partitions.Add(request.Topics[0].Partitions[0]);
            return Codes(await b.AskAsync<ListOffsetsResponse>(request, 7));
        }),
        Special("latest", "0@2", -1, 1),
        Special("earliest", "0@0", -2, 1),
        Special("max timestamp", "0@0", -3, 7),
        Special("max timestamp before version 7", "35@-1", -3, 6),
        Special("earliest local", "0@0", -4, 8),
        Special("earliest local before version 8", "35@-1", -4, 7),
        Special("latest tiered", "0@-1", -5, 9),
        Special("latest tiered before version 9", "35@-1", -5, 8),
        Special("earliest pending upload", "0@-1", -6, 11),
        Special("earliest pending upload before version 11", "35@-1", -6, 10),
        Special("a number that means nothing", "35@-1", -7, 11),
        Special("a time ahead of all records", "0@-1", long.MaxValue, 7),
        Special("the beginning of time", "0@0", 0, 7),
        Leader("ListOffsets", "the leader's epoch", "0", 0, ListAtEpochAsync),
        Leader("ListOffsets", "a later leader epoch", "75", 1, ListAtEpochAsync),
        Leader("ListOffsets", "a leader epoch below none", "74", -2, ListAtEpochAsync),
        new("ListOffsets: max timestamp of an empty log", "0@-1", static async b => await ListAsync(b, await b.TopicAsync(), -3)),
        new ErrorCase("ListOffsets: unknown isolation level", "-1@-1", static async b =>
        {
            var request = List(await FilledAsync(b), -1, 0, -1);
            request.IsolationLevel = 7;
            return Codes(await b.AskAsync<ListOffsetsResponse>(request, 7));
        }).Differs("0@2", "Apache Kafka fails inside; here what is not 1 is 0"),
    ];

    private static IEnumerable<ErrorCase> Epochs() =>
    [
        new("OffsetForLeaderEpoch: unknown topic", "3@-1", static b => EpochEndAsync(b, "nowhere", 0, -1, 0)),
        new("OffsetForLeaderEpoch: unknown partition", "3@-1", static async b => await EpochEndAsync(b, await b.TopicAsync(), 1, -1, 0)),
        new("OffsetForLeaderEpoch: the present epoch", "0@2", static async b =>
        {
            var topic = await FilledAsync(b);
            return await EpochEndAsync(b, topic, 0, -1, await EpochAsync(b, topic));
        }),
        new("OffsetForLeaderEpoch: an epoch to come", "0@-1", static async b => await EpochEndAsync(b, await FilledAsync(b), 0, -1, 99)),
        new("OffsetForLeaderEpoch: a negative epoch", "0@-1", static async b => await EpochEndAsync(b, await FilledAsync(b), 0, -1, -1)),
        Leader("OffsetForLeaderEpoch", "a later leader epoch", "75@-1", 1,
            static async (b, topic, epoch) => await EpochEndAsync(b, topic, 0, epoch, 0)),
    ];

    private static IEnumerable<ErrorCase> Deletions() =>
    [
        new("DeleteRecords: unknown topic", "3@-1", static b => DeleteAsync(b, "nowhere", 0)),
        new("DeleteRecords: unknown partition", "3@-1", static async b => await DeleteAsync(b, await b.TopicAsync(), 0, partition: 1)),
        new("DeleteRecords: all", "0@2", static async b => await DeleteAsync(b, await FilledAsync(b), -1)),
        new("DeleteRecords: at the end", "0@2", static async b => await DeleteAsync(b, await FilledAsync(b), 2)),
        new("DeleteRecords: beyond the end", "1@-1", static async b => await DeleteAsync(b, await FilledAsync(b), 3)),
        new("DeleteRecords: a negative offset", "1@-1", static async b => await DeleteAsync(b, await FilledAsync(b), -2)),
        new("DeleteRecords: before the log's start", "0@2 0@2", static async b =>
        {
            var topic = await FilledAsync(b);
            return $"{await DeleteAsync(b, topic, 2)} {await DeleteAsync(b, topic, 1)}";
        }),
        new("DeleteRecords: from a topic that is compacted only", "44@-1",
            static async b => await DeleteAsync(b, await b.TopicAsync(1, ("cleanup.policy", "compact")), 0)),
        new("DeleteRecords: from a topic that is compacted, too", "0@0",
            static async b => await DeleteAsync(b, await b.TopicAsync(1, ("cleanup.policy", "compact,delete")), 0)),
        new("DeleteRecords: from a topic without a policy", "0@0",
            static async b => await DeleteAsync(b, await b.TopicAsync(1, ("cleanup.policy", "")), 0)),
        new("DeleteRecords: a negative offset of a topic that is compacted only", "44@-1",
            static async b => await DeleteAsync(b, await b.TopicAsync(1, ("cleanup.policy", "compact")), -2)),
    ];

    private static IEnumerable<ErrorCase> Producers() =>
    [
        new("DescribeProducers: unknown topic", "3", static b => ProducersAsync(b, "nowhere", 0)),
        new("DescribeProducers: a name that cannot be", "17", static b => ProducersAsync(b, "no where", 0)),
        new("DescribeProducers: unknown partition", "3", static async b => await ProducersAsync(b, await b.TopicAsync(), 1)),
        new("DescribeProducers: no producers", "0", static async b => await ProducersAsync(b, await b.TopicAsync(), 0)),
    ];

    private static ErrorCase Special(string name, string kafka, long timestamp, short version) =>
        new($"ListOffsets: {name}", kafka, async b => await ListAsync(b, await FilledAsync(b), timestamp, version: version));

    // Asked relative to the one that the broker names.
    private static ErrorCase Leader(string api, string name, string kafka, int distance, Func<CaseBroker, string, int, Task<string>> ask) =>
        new($"{api}: {name}", kafka, async b =>
        {
            var topic = await b.TopicAsync();
            return await ask(b, topic, await EpochAsync(b, topic) + distance);
        });

    private static async Task<string> FilledAsync(CaseBroker broker)
    {
        var topic = await broker.TopicAsync();
        await broker.AppendAsync(topic, "a", "b");
        return topic;
    }

    private static async Task<string> ListAtEpochAsync(CaseBroker broker, string topic, int epoch) =>
        $"{(await broker.AskAsync<ListOffsetsResponse>(List(topic, -1, 0, epoch), 7)).Topics[0].Partitions[0].ErrorCode}";

    private static async Task<string> ListAsync(CaseBroker broker, string topic, long timestamp, int partition = 0, short version = 7) =>
        Codes(await broker.AskAsync<ListOffsetsResponse>(List(topic, timestamp, partition, -1), version));

    private static ListOffsetsRequest List(string topic, long timestamp, int partition, int epoch) => new()
    {
        ReplicaId = -1,
        Topics = [new()
        {
            Name = topic,
            Partitions = [new() { PartitionIndex = partition, Timestamp = timestamp, CurrentLeaderEpoch = epoch }]
        }],
    };

    private static string Codes(ListOffsetsResponse response) =>
        string.Join(' ', response.Topics[0].Partitions.Select(static p => $"{p.ErrorCode}@{p.Offset}"));

    private static async Task<string> EpochEndAsync(CaseBroker broker, string topic, int partition, int current, int wanted)
    {
        var request = new OffsetForLeaderEpochRequest
        {
            ReplicaId = -1,
            Topics = [new()
            {
                Topic = topic,
                Partitions = [new() { Partition = partition, CurrentLeaderEpoch = current, LeaderEpoch = wanted }]
            }]
        };
        var answer = (await broker.AskAsync<OffsetForLeaderEpochResponse>(request, 4)).Topics[0].Partitions[0];
        return $"{answer.ErrorCode}@{answer.EndOffset}";
    }

    private static async Task<string> DeleteAsync(CaseBroker broker, string topic, long offset, int partition = 0)
    {
        var request = new DeleteRecordsRequest
        {
            TimeoutMs = 30_000,
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Offset = offset }] }]
        };
        var answer = (await broker.AskAsync<DeleteRecordsResponse>(request, 2)).Topics[0].Partitions[0];
        return $"{answer.ErrorCode}@{answer.LowWatermark}";
    }

    private static async Task<string> ProducersAsync(CaseBroker broker, string topic, int partition)
    {
        var answer = await broker.AskAsync<DescribeProducersResponse>(
            new DescribeProducersRequest { Topics = [new() { Name = topic, PartitionIndexes = [partition] }] }, 0);
        return string.Join(' ', answer.Topics[0].Partitions.Select(static p => p.ErrorCode));
    }
}
