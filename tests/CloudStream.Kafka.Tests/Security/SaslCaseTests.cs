using CloudStream.Kafka.Tests.ErrorCases;

namespace CloudStream.Kafka.Tests.Security;

/// <summary>
/// Authentication word for word: the same table against CloudStream, always, and against Apache Kafka where it is at hand.
/// </summary>
public sealed class SaslCaseTests(SaslBrokers cloudStream, ApacheKafka kafka) : IClassFixture<SaslBrokers>
{
    private static readonly Dictionary<string, SaslCase> s_cases = SaslCases.All.ToDictionary(static c => c.Name, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task CloudStream_answers(string name)
    {
        var tried = s_cases[name];
        Assert.Equal(tried.CloudStream, await SaslClient.RunAsync(tried, cloudStream.EndOf(tried.Port)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Apache_Kafka_answers(string name)
    {
        var tried = s_cases[name];
        Assert.Equal(tried.Kafka, await SaslClient.RunAsync(tried, await kafka.StartedAsync(tried.Port)));
    }

    [Fact]
    public void Differences_are_differences_and_have_a_reason() =>
        Assert.DoesNotContain(s_cases.Values, static c => c.CloudStream == c.Kafka != c.Reason is null);
}
