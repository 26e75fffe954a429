using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>DescribeConfigs, AlterConfigs, IncrementalAlterConfigs, ListConfigResources.</summary>
internal static class ConfigCases
{
    private const sbyte Topic = 2, Broker = 4, Logger = 8, Metrics = 16, Group = 32;
    private const sbyte Set = 0, Delete = 1, Append = 2, Subtract = 3;
    private const string Unknown = "what no setting of ours is called is refused, so that a slip of the pen is noticed";

    public static ErrorCase[] All { get; } = [.. Descriptions(), .. Changes(), .. OldChanges(), .. Lists()];

    private static IEnumerable<ErrorCase> Descriptions() =>
    [
        Description("unknown topic", "3", Topic, "nowhere"),
        Description("a topic's name that cannot be", "17", Topic, "no where"),
        Description("an empty topic name", "17", Topic, ""),
        Description("unknown type of resource", "42", 3, "x"),
        Description("type of resource 0", "42", 0, "x"),
        Description("another broker", "42", Broker, "77"),
        Description("a broker that is no number", "42", Broker, "me"),
        Description("all brokers", "0", Broker, ""),
        Description("loggers of another broker", "42", Logger, "77"),
        Description("loggers of no broker", "42", Logger, ""),
        Description("client metrics without a name", "42", Metrics, ""),
        Description("unknown client metrics", "0", Metrics, "x"),
        Description("a group", "0", Group, "x"),
        Description("a group without a name", "42", Group, ""),
        new("DescribeConfigs: unknown key", "0 0", static async b =>
        {
            var answer = await b.AskAsync<DescribeConfigsResponse>(
                new DescribeConfigsRequest
                {
                    Resources = [new() { ResourceType = Topic, ResourceName = await b.TopicAsync(), ConfigurationKeys = ["no.such"] }]
                }, 4);
            return $"{answer.Results[0].ErrorCode} {answer.Results[0].Configs.Count}";
        }),
        new ErrorCase("DescribeConfigs: no keys", "0 33", static async b =>
        {
            var answer = await b.AskAsync<DescribeConfigsResponse>(
                new DescribeConfigsRequest
                {
                    Resources = [new() { ResourceType = Topic, ResourceName = await b.TopicAsync(), ConfigurationKeys = [] }]
                }, 4);
            return $"{answer.Results[0].ErrorCode} {answer.Results[0].Configs.Count}";
        }).Differs("0 34", SettingCases.OneMore),
    ];

    private static IEnumerable<ErrorCase> Changes() =>
    [
        Change("unknown topic", "3", Topic, "nowhere", ("retention.ms", Set, "1")),
        Change("a topic's name that cannot be", "17", Topic, "no where", ("retention.ms", Set, "1")),
        Change("an empty topic name", "42", Topic, "", ("retention.ms", Set, "1")),
        Change("unknown type of resource", "42", 3, "x", ("retention.ms", Set, "1")),
        Change("another broker", "42", Broker, "77", ("log.retention.ms", Set, "1")),
        Change("a broker that is no number", "42", Broker, "me", ("log.retention.ms", Set, "1")),
        Change("a setting of all brokers", "0", Broker, "", ("log.cleaner.threads", Set, "1")).Differs("42", Unknown),
        Change("a dynamic setting of all brokers", "0", Broker, "", ("log.retention.bytes", Set, "-1")),
        Change("a dynamic setting of all brokers that is reset", "0", Broker, "", ("log.retention.bytes", Delete, null)),
        Change("a fixed setting of all brokers", "42", Broker, "", ("num.partitions", Set, "3")),
        Change("the id of a broker", "42", Broker, "1", ("node.id", Set, "3")),
        Change("a fixed setting of a broker that is reset", "0", Broker, "1", ("node.id", Delete, null)),
        Change("a dynamic setting of another type", "42", Broker, "", ("message.max.bytes", Set, "large")),
        Change("a dynamic setting out of range", "42", Broker, "", ("message.max.bytes", Set, "-1")),
        Change("to append to a number of all brokers", "40", Broker, "", ("message.max.bytes", Append, "1")),
        Change("a setting of a group", "0", Group, "cases", ("consumer.session.timeout.ms", Set, "50000")),
        Change("a setting of a group that is reset", "0", Group, "cases", ("consumer.session.timeout.ms", Delete, null)),
        Change("an unknown setting of a group", "40", Group, "cases", ("no.such", Set, "1")),
        Change("a setting of a group of another type", "40", Group, "cases", ("consumer.session.timeout.ms", Set, "x")),
        Change("a setting of a group out of range", "40", Group, "cases", ("consumer.session.timeout.ms", Set, "1")),
        Change("a group without a name", "42", Group, "", ("consumer.session.timeout.ms", Set, "50000")),
        Change("client metrics", "0", Metrics, "cases", ("interval.ms", Set, "10000")),
        Change("client metrics that are reset", "0", Metrics, "cases", ("interval.ms", Delete, null)),
        Change("an unknown setting of client metrics", "42", Metrics, "cases", ("no.such", Set, "1")),
        Change("client metrics too often", "42", Metrics, "cases", ("interval.ms", Set, "1")),
        Change("client metrics of another type", "40", Metrics, "cases", ("interval.ms", Set, "x")),
        Change("client metrics of clients that cannot be", "40", Metrics, "cases", ("match", Set, "nonsense")),
        Change("client metrics without a name", "42", Metrics, "", ("interval.ms", Set, "1000")),
        Change("a throttle of a broker that is reset", "0", Broker, "1", ("leader.replication.throttled.rate", Delete, null)),
        Change("a throttle of all brokers that is reset", "0", Broker, "", ("leader.replication.throttled.rate", Delete, null)),
        Change("a throttle of another broker that is reset", "42", Broker, "77", ("leader.replication.throttled.rate", Delete, null)),
        OfTopic("an unknown setting", "40", ("no.such", Set, "1")),
        OfTopic("an unknown setting to be reset", "0", ("no.such", Delete, null)),
        OfTopic("a setting of another type", "40", ("retention.ms", Set, "long")),
        OfTopic("a setting out of range", "40", ("retention.ms", Set, "-2")),
        OfTopic("a setting without a value", "42", ("retention.ms", Set, null)),
        OfTopic("a setting that is reset", "0", ("retention.ms", Delete, null)),
        OfTopic("a setting twice", "42", ("retention.ms", Set, "1"), ("retention.ms", Set, "2")),
        OfTopic("to append to a number", "40", ("retention.ms", Append, "1")),
        OfTopic("to subtract from a number", "40", ("retention.ms", Subtract, "1")),
        OfTopic("to append to an unknown setting", "40", ("no.such", Append, "1")),
        OfTopic("to append an unknown policy", "40", ("cleanup.policy", Append, "keep")),
        OfTopic("to append a policy", "0", ("cleanup.policy", Append, "compact")),
        OfTopic("to subtract what is not there", "0", ("cleanup.policy", Subtract, "compact")),
        OfTopic("to append nothing", "42", ("cleanup.policy", Append, null)),
        OfTopic("an unknown operation", "-1", ("retention.ms", 9, "1")).Differs("42", "Apache Kafka fails inside"),
        OfTopic("nothing to change", "0"),
        OfTopic("one right, one wrong", "40", ("retention.ms", Set, "1"), ("retention.bytes", Set, "all")),
        new("IncrementalAlterConfigs: the same topic twice", "42 42", static async b =>
        {
            var request = Incremental(Topic, await b.TopicAsync(), ("retention.ms", Set, "1"));
            request.Resources.Add(request.Resources[0]);
            return Codes(await b.AskAsync<IncrementalAlterConfigsResponse>(request, 1));
        }),
        new("IncrementalAlterConfigs: only validated, a wrong value", "40", static async b =>
        {
            var request = Incremental(Topic, await b.TopicAsync(), ("retention.ms", Set, "long"));
            request.ValidateOnly = true;
            return Codes(await b.AskAsync<IncrementalAlterConfigsResponse>(request, 1));
        }),
    ];

    private static IEnumerable<ErrorCase> OldChanges() =>
    [
        OldChange("unknown topic", "3", Topic, "nowhere", ("retention.ms", "1")),
        OldChange("an empty topic name", "42", Topic, "", ("retention.ms", "1")),
        OldChange("a topic's name that cannot be", "17", Topic, "no where", ("retention.ms", "1")),
        OldChange("unknown type of resource", "42", 3, "x", ("retention.ms", "1")),
        OldChange("another broker", "42", Broker, "77", ("log.retention.ms", "1")),
        OldOfTopic("an unknown setting", "40", ("no.such", "1")),
        OldOfTopic("a setting of another type", "40", ("retention.ms", "long")),
        OldOfTopic("a setting without a value", "42", ("retention.ms", null)),
        OldOfTopic("a setting twice", "42", ("retention.ms", "1"), ("retention.ms", "2")),
        OldOfTopic("nothing to change", "0"),
        new ErrorCase("AlterConfigs: the same topic twice", ErrorCase.Silence, static async b =>
        {
            var request = Old(Topic, await b.TopicAsync(), ("retention.ms", "1"));
            request.Resources.Add(request.Resources[0]);
            return Codes(await b.AskAsync<AlterConfigsResponse>(request, 2));
        }).Differs("42", "Apache Kafka fails inside"),
    ];

    private static IEnumerable<ErrorCase> Lists() =>
    [
        new("ListConfigResources: unknown type", "35",
            static async b =>
                $"{(await b.AskAsync<ListConfigResourcesResponse>(new ListConfigResourcesRequest { ResourceTypes = [3] }, 1)).ErrorCode}"),
        new("ListConfigResources: topics", "0",
            static async b =>
                $"{(await b.AskAsync<ListConfigResourcesResponse>(
                    new ListConfigResourcesRequest { ResourceTypes = [Topic] }, 1)).ErrorCode}"),
        new("ListConfigResources: version 0", "0",
            static async b => $"{(await b.AskAsync<ListConfigResourcesResponse>(new ListConfigResourcesRequest(), 0)).ErrorCode}"),
    ];

    private static ErrorCase Description(string name, string kafka, sbyte type, string resource) =>
        new($"DescribeConfigs: {name}", kafka, async b =>
        {
            var answer = await b.AskAsync<DescribeConfigsResponse>(
                new DescribeConfigsRequest
                {
                    Resources = [new() { ResourceType = type, ResourceName = resource, ConfigurationKeys = null }]
                }, 4);
            return string.Join(' ', answer.Results.Select(static r => r.ErrorCode));
        });

    private static ErrorCase Change(
        string name, string kafka, sbyte type, string resource, params (string Name, sbyte Operation, string? Value)[] settings) =>
            new($"IncrementalAlterConfigs: {name}", kafka,
                async b => Codes(await b.AskAsync<IncrementalAlterConfigsResponse>(Incremental(type, resource, settings), 1)));

    private static ErrorCase OfTopic(string name, string kafka, params (string Name, sbyte Operation, string? Value)[] settings) =>
        new($"IncrementalAlterConfigs: {name}", kafka,
            async b => Codes(await b.AskAsync<IncrementalAlterConfigsResponse>(Incremental(Topic, await b.TopicAsync(), settings), 1)));

    private static ErrorCase OldChange(
        string name, string kafka, sbyte type, string resource, params (string Name, string? Value)[] settings) =>
            new($"AlterConfigs: {name}", kafka, async b => Codes(await b.AskAsync<AlterConfigsResponse>(Old(type, resource, settings), 2)));

    private static ErrorCase OldOfTopic(string name, string kafka, params (string Name, string? Value)[] settings) =>
        new($"AlterConfigs: {name}", kafka,
            async b => Codes(await b.AskAsync<AlterConfigsResponse>(Old(Topic, await b.TopicAsync(), settings), 2)));

    private static IncrementalAlterConfigsRequest Incremental(
        sbyte type, string resource, params (string Name, sbyte Operation, string? Value)[] settings) => new()
        {
            Resources =
            [
                new()
                {
                    ResourceType = type,
                    ResourceName = resource,
                    Configs = [.. settings.Select(
                        static s => new IncrementalAlterConfigsRequest.AlterableConfig
                        {
                            Name = s.Name,
                            ConfigOperation = s.Operation,
                            Value = s.Value
                        })],
                },
            ],
        };

    private static AlterConfigsRequest Old(sbyte type, string resource, params (string Name, string? Value)[] settings) => new()
    {
        Resources = [new()
        {
            ResourceType = type,
            ResourceName = resource,
            Configs = [.. settings.Select(static s => new AlterConfigsRequest.AlterableConfig { Name = s.Name, Value = s.Value })]
        }],
    };

    private static string Codes(IncrementalAlterConfigsResponse response) =>
        string.Join(' ', response.Responses.Select(static r => r.ErrorCode));

    private static string Codes(AlterConfigsResponse response) => string.Join(' ', response.Responses.Select(static r => r.ErrorCode));
}
