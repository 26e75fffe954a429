using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>Metadata.</summary>
internal static class MetadataCases
{
    private static readonly Guid s_nobody = new("99999999-9999-9999-9999-999999999999");

    public static ErrorCase[] All { get; } =
    [
        new("Metadata: unknown topic, not to be created", "3", static b => AskAsync(b, CaseBroker.NewName("unknown"), create: false)),
        new("Metadata: unknown topic that is created is there soon", "0", static async b =>
        {
            var (name, code) = (CaseBroker.NewName("created"), "");
            for (var left = 10_000; left > 0 && code != "0"; left--)
                code = await AskAsync(b, name, create: true);
            return code;
        }),
        new("Metadata: a topic of Kafka's own is internal, once it is there", "0 True True", static async b =>
        {
            const string Name = "__share_group_state";
            var answer = new MetadataResponse.MetadataResponseTopic { ErrorCode = -1 };
            await b.AskAsync<CreateTopicsResponse>(Ask.CreateTopic(Name), 5);
            for (var left = 10_000; left > 0 && answer.ErrorCode != 0; left--)
            {
                var request = new MetadataRequest { Topics = [new() { Name = Name }], AllowAutoTopicCreation = false };
                answer = (await b.AskAsync<MetadataResponse>(request, 9)).Topics[0];
            }

            var page = new DescribeTopicPartitionsRequest { Topics = [new() { Name = Name }] };
            var described = await b.AskAsync<DescribeTopicPartitionsResponse>(page, 0);
            return $"{answer.ErrorCode} {answer.IsInternal} {described.Topics[0].IsInternal}";
        }),
        new("Metadata: a name with a space", "17", static b => AskAsync(b, "no where", create: true)),
        new("Metadata: a name with a space, not to be created", "17", static b => AskAsync(b, "no where", create: false)),
        new("Metadata: an empty name", "17", static b => AskAsync(b, "", create: true)),
        new("Metadata: an empty name, not to be created", "17", static b => AskAsync(b, "", create: false)),
        new("Metadata: a name of 250 characters", "17", static b => AskAsync(b, new string('x', 250), create: true)),
        new("Metadata: the name .", "17", static b => AskAsync(b, ".", create: true)),
        new("Metadata: the name ..", "17", static b => AskAsync(b, "..", create: true)),
        new("Metadata: the same topic twice", "3", static async b =>
        {
            var name = CaseBroker.NewName("unknown");
            return Codes(await b.AskAsync<MetadataResponse>(
                new MetadataRequest { Topics = [new() { Name = name }, new() { Name = name }], AllowAutoTopicCreation = false }, 9));
        }),
        new("Metadata: unknown id", "100",
            static async b => Codes(
                await b.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = null, TopicId = s_nobody }] }, 12))),
        new ErrorCase("Metadata: neither name nor id", "-1",
            static async b => Codes(await b.AskAsync<MetadataResponse>(
                new MetadataRequest { Topics = [new() { Name = null }] }, 12))).Differs("100", "Apache Kafka fails inside"),
        new("Metadata: name and id", "100",
            static async b => Codes(
                await b.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "a", TopicId = s_nobody }] }, 12))),
        new("Metadata: an id in version 10", "42",
            static async b => Codes(
                await b.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "", TopicId = s_nobody }] }, 10))),
        new("Metadata: no name in version 10, and a good topic beside it", "42 42", static async b =>
            Codes(await b.AskAsync<MetadataResponse>(
                new MetadataRequest { Topics = [new() { Name = null }, new() { Name = await b.TopicAsync() }] }, 10))),
        new("Metadata: no topics", "", static async b => Codes(await b.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [] }, 9))),
    ];

    private static async Task<string> AskAsync(CaseBroker broker, string name, bool create) =>
        Codes(await broker.AskAsync<MetadataResponse>(
            new MetadataRequest { Topics = [new() { Name = name }], AllowAutoTopicCreation = create }, 9));

    private static string Codes(MetadataResponse response) => string.Join(' ', response.Topics.Select(static t => t.ErrorCode));
}
