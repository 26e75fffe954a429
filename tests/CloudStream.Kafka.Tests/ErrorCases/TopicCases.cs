using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>CreateTopics, CreatePartitions, DeleteTopics.</summary>
internal static class TopicCases
{
    private const string Replicas = "brokers hold no replicas: up to three are promised, whatever brokers there are";
    private static readonly Guid s_nobody = new("99999999-9999-9999-9999-999999999999");

    public static ErrorCase[] All { get; } = [.. Creations(), .. Assignments(), .. Widenings(), .. Deletions()];

    /// <summary>Deletes a topic and waits until that is seen.</summary>
    public static async Task GoneAsync(CaseBroker broker, string topic)
    {
        Assert.Equal("0",
            Codes(await broker.AskAsync<DeleteTopicsResponse>(new DeleteTopicsRequest { TopicNames = [topic], TimeoutMs = 30_000 }, 5)));
        for (var left = 10_000; left > 0; left--)
        {
            var answer = await broker.AskAsync<FetchResponse>(Ask.Fetch(topic, 0, 0), 6);
            if (answer.Responses[0].Partitions[0].ErrorCode == 3)
                return;
        }
    }

    private static IEnumerable<ErrorCase> Creations() =>
    [
        new("CreateTopics: a name that is there", "36", static async b => await CreateAsync(b, Ask.CreateTopic(await b.TopicAsync()))),
        new("CreateTopics: a name that is there, only to be validated", "36",
            static async b => await CreateAsync(b, Validate(Ask.CreateTopic(await b.TopicAsync())))),
        Creation("an empty name", "17", static _ => Ask.CreateTopic("")),
        Creation("a name with a space", "17", static _ => Ask.CreateTopic("no where")),
        Creation("a name of 250 characters", "17", static _ => Ask.CreateTopic(new string('x', 250))),
        Creation("a name of 249 characters", "0", static _ => Validate(Ask.CreateTopic(new string('x', 249)))),
        Creation("the name .", "17", static _ => Ask.CreateTopic(".")),
        Creation("Kafka's own log of metadata", "42", static _ => Ask.CreateTopic("__cluster_metadata")),
        Creation("Kafka's own log of metadata, only to be validated", "42", static _ => Validate(Ask.CreateTopic("__cluster_metadata"))),
        new("CreateTopics: a name that differs in . and _ alone", "0 17", static async b =>
        {
            var name = CaseBroker.NewName("dotted");
            return $"{await CreateAsync(b, Ask.CreateTopic(name + ".a"))} {await CreateAsync(b, Ask.CreateTopic(name + "_a"))}";
        }),
        Creation("no partitions", "37", static n => Ask.CreateTopic(n, 0)),
        Creation("-2 partitions", "37", static n => Ask.CreateTopic(n, -2)),
        Creation("the broker's number of partitions", "0", static n => Ask.CreateTopic(n, -1)),
        Creation("20,000 partitions, only to be validated", "44", static n => Validate(Ask.CreateTopic(n, 20_000))),
        Creation("replication factor 0", "38", static n => Ask.CreateTopic(n, 1, 0)),
        Creation("replication factor -2", "38", static n => Ask.CreateTopic(n, 1, -2)),
        Creation("the broker's replication factor", "0", static n => Ask.CreateTopic(n, 1, -1)),
        Creation("replication factor 2 with one broker", "38", static n => Ask.CreateTopic(n, 1, 2)).Differs("0", Replicas),
        Creation("replication factor 4 with one broker", "38", static n => Ask.CreateTopic(n, 1, 4)),
        Creation("an unknown setting", "40", static n => Ask.CreateTopic(n, 1, 1, ("no.such", "1"))),
        Creation("a setting of another type", "40", static n => Ask.CreateTopic(n, 1, 1, ("retention.ms", "long"))),
        Creation("a setting out of range", "40", static n => Ask.CreateTopic(n, 1, 1, ("retention.ms", "-2"))),
        Creation("a setting without a value", "40", static n => Ask.CreateTopic(n, 1, 1, ("retention.ms", null))),
        Creation("an unknown cleanup policy", "40", static n => Ask.CreateTopic(n, 1, 1, ("cleanup.policy", "keep"))),
        Creation("a setting twice", "0", static n => Ask.CreateTopic(n, 1, 1, ("retention.ms", "1000"), ("retention.ms", "2000"))),
        Creation("only to be validated", "0", static n => Validate(Ask.CreateTopic(n))),
        Creation("the same topic twice in a request", "42", static n => Twice(Ask.CreateTopic(n))),
        Creation("no topic", "", static _ => new CreateTopicsRequest()),
        Creation("both wrong: name and partitions", "17", static _ => Ask.CreateTopic("no where", 0)),
        Creation("both wrong: partitions and replicas", "38", static n => Ask.CreateTopic(n, 0, 0)),
        Creation("both wrong: partitions and setting", "40", static n => Ask.CreateTopic(n, 0, 1, ("no.such", "1"))),
        new("CreateTopics: both wrong: a name that is there and a setting", "36",
            static async b => await CreateAsync(b, Ask.CreateTopic(await b.TopicAsync(), 1, 1, ("no.such", "1")))),
    ];

    private static IEnumerable<ErrorCase> Assignments() =>
    [
        Assigned("no broker", "39", -1, -1, (0, [])),
        Assigned("an unknown broker", "39", -1, -1, (0, [99])),
        Assigned("a partition twice", "39", -1, -1, (0, [1]), (0, [1])),
        Assigned("a gap between partitions", "39", -1, -1, (0, [1]), (2, [1])),
        Assigned("with a number of partitions", "42", 1, -1, (0, [1])),
        Assigned("with a replication factor", "42", -1, 1, (0, [1])),
    ];

    private static IEnumerable<ErrorCase> Widenings() =>
    [
        new("CreatePartitions: unknown topic", "3", static b => WidenAsync(b, "nowhere", 2)),
        new("CreatePartitions: fewer", "37", static async b => await WidenAsync(b, await b.TopicAsync(2), 1)),
        new("CreatePartitions: as many as there are", "37", static async b => await WidenAsync(b, await b.TopicAsync(2), 2)),
        new("CreatePartitions: none", "37", static async b => await WidenAsync(b, await b.TopicAsync(), 0)),
        new("CreatePartitions: a negative number", "37", static async b => await WidenAsync(b, await b.TopicAsync(), -1)),
        new("CreatePartitions: one more", "0", static async b => await WidenAsync(b, await b.TopicAsync(), 2)),
        new ErrorCase("CreatePartitions: 20,000, only to be validated", "-1",
            static async b => await WidenAsync(b, await b.TopicAsync(), 20_000, validate: true)).Differs("44", "Apache Kafka fails inside"),
        new("CreatePartitions: too few assignments", "39", static async b => await WidenAsync(b, await b.TopicAsync(), 3, [1])),
        new("CreatePartitions: no assignments", "39", static async b => await WidenAsync(b, await b.TopicAsync(), 2, assignments: [])),
        new("CreatePartitions: an assignment without brokers", "39",
            static async b => await WidenAsync(b, await b.TopicAsync(), 2, assignments: [[]])),
        new("CreatePartitions: an unknown broker", "39", static async b => await WidenAsync(b, await b.TopicAsync(), 2, [99])),
        new("CreatePartitions: only validated", "0 0", static async b =>
        {
            var topic = await b.TopicAsync();
            return $"{await WidenAsync(b, topic, 2, validate: true)} {await WidenAsync(b, topic, 2)}";
        }),
        new("CreatePartitions: the same topic twice", "42", static async b =>
        {
            var topic = await b.TopicAsync();
            return Codes(
                await b.AskAsync<CreatePartitionsResponse>(
                    new CreatePartitionsRequest
                    {
                        TimeoutMs = 30_000,
                        Topics = [new() { Name = topic, Count = 2, Assignments = null },
                            new() { Name = topic, Count = 3, Assignments = null }]
                    }, 3));
        }),
    ];

    private static IEnumerable<ErrorCase> Deletions() =>
    [
        new("DeleteTopics: unknown name", "3", static b => DeleteAsync(b, "nowhere")),
        new("DeleteTopics: a name that cannot be", "3", static b => DeleteAsync(b, "no where")),
        new("DeleteTopics: unknown id", "100", static b => DeleteAsync(b, null, s_nobody)),
        new("DeleteTopics: neither name nor id", "42", static b => DeleteAsync(b, null)),
        new("DeleteTopics: name and id", "42", static async b => await DeleteAsync(b, await b.TopicAsync(), s_nobody)),
        new("DeleteTopics: the same name twice", "42", static async b =>
        {
            var topic = await b.TopicAsync();
            return Codes(await b.AskAsync<DeleteTopicsResponse>(
                new DeleteTopicsRequest { TimeoutMs = 30_000, Topics = [new() { Name = topic }, new() { Name = topic }] }, 6));
        }),
        new("DeleteTopics: the same topic by name and by id", "42", static async b =>
        {
            var topic = await b.TopicAsync();
            var id = await b.IdAsync(topic);
            return Codes(await b.AskAsync<DeleteTopicsResponse>(
                new DeleteTopicsRequest { TimeoutMs = 30_000, Topics = [new() { Name = topic }, new() { Name = null, TopicId = id }] }, 6));
        }),
        new("DeleteTopics: the same unknown name twice", "42", static async b =>
            Codes(await b.AskAsync<DeleteTopicsResponse>(
                new DeleteTopicsRequest { TimeoutMs = 30_000, Topics = [new() { Name = "nowhere" }, new() { Name = "nowhere" }] }, 6))),
        new("DeleteTopics: one that is there", "0", static async b => await DeleteAsync(b, await b.TopicAsync())),
    ];

    private static ErrorCase Creation(string name, string kafka, Func<string, CreateTopicsRequest> request) =>
        new($"CreateTopics: {name}", kafka, async b => await CreateAsync(b, request(CaseBroker.NewName("topic"))));

    private static ErrorCase Assigned(string name, string kafka, int partitions, short replicas,
        params (int Partition, int[] Brokers)[] assignments) => Creation($"assignments: {name}", kafka, n =>
        {
            var request = Ask.CreateTopic(n, partitions, replicas);
            request.Topics[0].Assignments.AddRange(
                assignments.Select(static a => new CreateTopicsRequest.CreatableReplicaAssignment
                {
                    PartitionIndex = a.Partition,
                    BrokerIds = [.. a.Brokers]
                }));
            return request;
        });

    private static CreateTopicsRequest Validate(CreateTopicsRequest request)
    {
        request.ValidateOnly = true;
        return request;
    }


    private static CreateTopicsRequest Twice(CreateTopicsRequest request)
    {
        request.Topics.Add(Ask.CreateTopic(request.Topics[0].Name, 3).Topics[0]);
        return request;
    }

    private static async Task<string> CreateAsync(CaseBroker broker, CreateTopicsRequest request) =>
        string.Join(' ', (await broker.AskAsync<CreateTopicsResponse>(request, 7)).Topics.Select(static t => t.ErrorCode));

    private static async Task<string> WidenAsync(
        CaseBroker broker, string topic, int count, int[]? brokers = null, int[][]? assignments = null, bool validate = false)
    {
        assignments ??= brokers is null ? null : [brokers];
        var request = new CreatePartitionsRequest
        {
            TimeoutMs = 30_000,
            ValidateOnly = validate,
            Topics = [new()
            {
                Name = topic,
                Count = count,
                Assignments = assignments?.Select(
                    static a => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [.. a] }).ToList()
            }],
        };
        return Codes(await broker.AskAsync<CreatePartitionsResponse>(request, 3));
    }

    private static async Task<string> DeleteAsync(CaseBroker broker, string? name, Guid id = default) =>
        Codes(await broker.AskAsync<DeleteTopicsResponse>(
            new DeleteTopicsRequest { TimeoutMs = 30_000, Topics = [new() { Name = name, TopicId = id }] }, 6));

    private static string Codes(CreatePartitionsResponse response) => string.Join(' ', response.Results.Select(static r => r.ErrorCode));

    private static string Codes(DeleteTopicsResponse response) => string.Join(' ', response.Responses.Select(static r => r.ErrorCode));
}
