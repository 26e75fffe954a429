using System.Text.Json.Nodes;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>Every API, kind and version against Apache Kafka's own message classes.</summary>
public sealed class OracleTests
{
    private const int SeedsPerVersion = 5;

    [Fact]
    public async Task Random_messages_of_Kafka_are_read_to_the_same_fields_and_written_to_the_same_bytes()
    {
        using var oracle = WireOracle.Start();
        var asked = WireCase.All().Where(c => WireOracle.Knows(c.Api, c.Version)).SelectMany(c => Enumerable.Range(1, SeedsPerVersion).Select(seed => (c.Api, c.IsRequest, c.Version, seed))).ToArray();
        var answers = await oracle.AskAsync([.. asked.Select(c => $"random {c.Api.Name} {WireOracle.Kind(c.IsRequest)} {c.Version} {c.seed}")]);
        var wrong = asked.Zip(answers, (c, answer) => Check(c.Api, c.IsRequest, c.Version, answer)).OfType<string>().ToArray();
        Assert.True(wrong.Length == 0, $"{wrong.Length} of {asked.Length}:\n{string.Join("\n", wrong.Take(20))}");
        Assert.True(asked.Length > 2000);
    }

    private static string? Check(KafkaApi api, bool isRequest, short version, string answer)
    {
        var space = answer.IndexOf(' ');
        if (answer.StartsWith("error", StringComparison.Ordinal))
            return $"{api.Name} {WireOracle.Kind(isRequest)} {version}: {answer}";
        var golden = new WireCase(api, isRequest, version, answer[..space] == "-" ? "" : answer[..space]);
        KafkaMessage message;
        try
        {
            message = golden.Read();
        }
        catch (Xunit.Sdk.XunitException e)
        {
            return e.Message;
        }

        var again = WireCase.Write(message, version);
        if (again != golden.Hex)
            return $"{golden} written as {again}";
        return MessageJson.Difference(message, JsonNode.Parse(answer[space..])) is { } difference ? $"{golden}: {difference}" : null;
    }
}
