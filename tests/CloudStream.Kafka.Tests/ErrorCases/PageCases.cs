using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>
/// DescribeTopicPartitions: topics Z (one partition), a (two), b (three), c (one) of each case, in words like "0 a 0,1" for code, topic and
/// partitions, and ">" for where the next page begins.
/// </summary>
internal static class PageCases
{
    private const int Everything = 2000;

    private static readonly (string Name, int Partitions)[] s_topics = [("Z", 1), ("a", 2), ("b", 3), ("c", 1)];

    public static ErrorCase[] All { get; } = [.. Topics(), .. Pages(), .. Cursors()];

    private static IEnumerable<ErrorCase> Topics() =>
    [
        Case("by name, in the order of names, each once", "0 Z 0; 0 a 0,1; 0 b 0,1,2", ["b", "a", "Z", "a"]),
        Case("unknown topics stand among the others", "0 a 0,1; 3 aa; 0 b 0,1,2", ["b", "aa", "a"]),
        Case("names that cannot be", "17 no where; 0 a 0,1", ["a", " no where"]),
        new("DescribeTopicPartitions: a name of 250 characters", "17", static b => CodeAsync(b, new string('x', 250))),
        new("DescribeTopicPartitions: the name .", "17", static b => CodeAsync(b, ".")),
        new ErrorCase("DescribeTopicPartitions: an empty name", "-1", static b => CodeAsync(b, "")).Differs(
            "17", "Apache Kafka fails inside"),
        new("DescribeTopicPartitions: what is told of a topic is what Metadata tells", "same id, same leaders, may 3576, eligible 0 and 0",
            static async b =>
            {
                var name = await b.TopicAsync(2);
                var told = Assert.Single((await AskAsync(b, [name])).Topics);
                var known = (await b.AskAsync<MetadataResponse>(
                    new MetadataRequest { Topics = [new() { Name = name }], AllowAutoTopicCreation = false }, 12)).Topics[0];
                var id = told.TopicId == known.TopicId && told.TopicId != Guid.Empty ? "same id" : "another id";
                var isLed = told.Partitions.Zip(known.Partitions).All(
                    static p => (p.First.LeaderId, p.First.LeaderEpoch) == (p.Second.LeaderId, p.Second.LeaderEpoch)
                        && p.First.ReplicaNodes.SequenceEqual(p.Second.ReplicaNodes) && p.First.IsrNodes.SequenceEqual(p.Second.IsrNodes));
                return $"{id}, {(isLed ? "same leaders" : "other leaders")}, may {told.TopicAuthorizedOperations}, "
                    + $"eligible {told.Partitions.Sum(static p => p.EligibleLeaderReplicas!.Count)} "
                    + $"and {told.Partitions.Sum(static p => p.LastKnownElr!.Count)}";
            }),
        new("DescribeTopicPartitions: an unknown topic is not created", "3 3", static async b =>
        {
            var name = CaseBroker.NewName("unknown");
            return $"{await CodeAsync(b, name)} {await CodeAsync(b, name)}";
        }),
    ];

    private static IEnumerable<ErrorCase> Pages() =>
    [
        Case("a page that ends with a topic", "0 a 0,1 > b 0", ["a", "b", "c"], 2),
        Case("a page that ends within a topic", "0 a 0,1; 0 b 0 > b 1", ["a", "b", "c"], 3),
        Case("a page that just fits", "0 a 0,1; 0 b 0,1,2; 0 c 0", ["a", "b", "c"], 6),
        Case("a page of no partitions has one", "0 a 0 > a 1", ["a", "b"], 0),
        Case("a page of fewer than none has one", "0 a 0 > a 1", ["a"], -1),
        Case("unknown topics take no room", "3 A; 0 a 0 > a 1", ["A", "a", "b"], 1),
        Case("a page that ends before an unknown topic", "0 a 0,1 > aa 0", ["a", "aa"], 2),
    ];

    private static IEnumerable<ErrorCase> Cursors() =>
    [
        Case("from within a topic", "0 b 1,2; 0 c 0", ["a", "b", "c"], Everything, "b", 1),
        Case("from the beginning of a topic", "0 b 0,1,2; 0 c 0", ["a", "b", "c"], Everything, "b", 0),
        Case("from behind a topic's last partition", "0 b ; 0 c 0", ["a", "b", "c"], Everything, "b", 3),
        Case("from the last partition, and no further", "0 b 2 > c 0", ["b", "c"], 1, "b", 2),
        Case("from the last partition of the last topic", "0 b 2", ["b"], 1, "b", 2),
        Case("from a partition below 0", "42 a; 42 b", ["a", "b"], Everything, "b", -1),
        Case("from a topic that is not asked for", "42 a; 42 c", ["a", "c"], Everything, "b", 0),
        Case("from a topic that is not there", "3 aa; 0 b 0,1,2", ["a", "aa", "b"], Everything, "aa", 5),
        Case("all topics from within one", "0 b 1,2; 0 c 0", [], Everything, "b", 1),
        Case("all topics from one that is not there", "0 b 0,1,2; 0 c 0", [], Everything, "aa", 1),
        Case("all topics, and no further", "0 b 1 > b 2", [], 1, "b", 1),
        Case("all topics from a partition below 0", "", [], Everything, "b", -1),
    ];

    // Names are those of the case behind its prefix; one that begins with a space has none.
    private static ErrorCase Case(string name, string kafka, string[] topics, int limit = Everything, string? cursor = null,
        int partition = 0) => new($"DescribeTopicPartitions: {name}", kafka, async b =>
        {
            var prefix = CaseBroker.NewName("page") + ".";
            foreach (var (topic, partitions) in s_topics)
                await b.TopicAsync(prefix + topic, partitions);
            var answer = await AskAsync(b, [.. topics.Select(t => t[0] == ' ' ? t[1..] : prefix + t)], limit,
                cursor is null ? null : (prefix + cursor, partition));
            var told = answer.Topics.Where(t => topics.Length > 0 || t.Name!.StartsWith(prefix, StringComparison.Ordinal)).Select(
                t => Words(t, prefix));
            return string.Join("; ", told) + (answer.NextCursor is { } next
                ? $" > {Short(next.TopicName, prefix)} {next.PartitionIndex}"
                : "");
        });

    private static string Words(DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic topic, string prefix)
    {
        var partitions = topic.ErrorCode == 0 ? " " + string.Join(',', topic.Partitions.Select(static p => p.PartitionIndex)) : "";
        return $"{topic.ErrorCode} {Short(topic.Name!, prefix)}{partitions}";
    }

    private static string Short(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;

    private static async Task<string> CodeAsync(CaseBroker broker, string name) =>
        $"{Assert.Single((await AskAsync(broker, [name])).Topics).ErrorCode}";

    private static Task<DescribeTopicPartitionsResponse> AskAsync(
        CaseBroker broker, string[] topics, int limit = Everything, (string Topic, int Partition)? cursor = null) =>
            broker.AskAsync<DescribeTopicPartitionsResponse>(
                new DescribeTopicPartitionsRequest
                {
                    Topics = [.. topics.Select(static t => new DescribeTopicPartitionsRequest.TopicRequest { Name = t })],
                    ResponsePartitionLimit = limit,
                    Cursor = cursor is { } from ? new DescribeTopicPartitionsRequest.PageCursor
                    {
                        TopicName = from.Topic,
                        PartitionIndex = from.Partition
                    } : null,
                },
                0);
}
