using System.Net;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>
/// Every error code on the case on which Kafka gives it: the same table against CloudStream, always, and against Apache Kafka where it is
/// at hand.
/// </summary>
public sealed class ErrorCaseTests(CloudStreamBroker cloudStream, ApacheKafka kafka) : IClassFixture<CloudStreamBroker>
{
    private static readonly Dictionary<string, ErrorCase> s_cases = new ErrorCase[][]
    {
        ProduceCases.All, ContentCases.All, FetchCases.All, OffsetCases.All, MetadataCases.All, PageCases.All, TopicCases.All,
        ConfigCases.All, MemberCases.All, GroupCases.All, CommitCases.All, ClusterCases.All, SettingCases.All,
    }.SelectMany(static c => c).ToDictionary(static c => c.Name, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. s_cases.Keys];

    public static TheoryData<string> NamesOfAnswered =>
        [.. s_cases.Values.Where(static c => c.Kafka != ErrorCase.Silence).Select(static c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task CloudStream_answers(string name)
    {
        var asked = s_cases[name];
        Assert.Equal(asked.CloudStream, await AskAsync(asked, cloudStream.Host.EndPoint));
    }

    [Theory]
    [MemberData(nameof(NamesOfAnswered))]
    public async Task Apache_Kafka_answers(string name)
    {
        var asked = s_cases[name];
        Assert.Equal(asked.Kafka, await AskAsync(asked, await kafka.StartedAsync()));
    }

    [Fact]
    public void Differences_are_differences_and_have_a_reason() =>
        Assert.DoesNotContain(s_cases.Values, static c => c.CloudStream == c.Kafka != c.Reason is null);

    private static async Task<string> AskAsync(ErrorCase asked, IPEndPoint end)
    {
        using var broker = await CaseBroker.ConnectAsync(end);
        try
        {
            return await asked.Ask(broker);
        }
        catch (EndOfStreamException)
        {
            return "closed";
        }
    }
}
