using System.Text.Json.Nodes;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>Every API, kind and version against Apache Kafka's own message classes.</summary>
public sealed class OracleTests(WireOracle.Shared shared) : IClassFixture<WireOracle.Shared>
{
    private const int SeedsPerVersion = 5;

    [Fact]
    public async Task Random_messages_of_Kafka_are_read_to_the_same_fields_and_written_to_the_same_bytes()
    {
        var oracle = shared.Start();
        var asked = WireCase.All().Where(c => WireOracle.Knows(c.Api, c.Version)).SelectMany(
            c => Enumerable.Range(1, SeedsPerVersion).Select(seed => (c.Api, c.IsRequest, c.Version, seed))).ToArray();
        var answers = await oracle.AskAsync(
            [.. asked.Select(c => $"random {c.Api.Name} {WireOracle.Kind(c.IsRequest)} {c.Version} {c.seed}")]);
        Expect(asked.Zip(answers, (c, answer) => Check(c.Api, c.IsRequest, c.Version, answer)).OfType<string>(), asked.Length);
    }

    [Fact]
    public async Task Messages_that_we_fill_at_random_are_read_by_Kafka_and_written_to_our_bytes()
    {
        var oracle = shared.Start();
        var ours = WireCase.All().Where(c => WireOracle.Knows(c.Api, c.Version)).SelectMany(
            c => Enumerable.Range(1, 3).Select(seed => Filled(c.Api, c.IsRequest, c.Version, seed))).ToArray();
        Assert.True(ours.Sum(c => c.Hex.Length) > 150_000, "messages with next to nothing in them show nothing");
        var json = await oracle.AskAsync(
            [.. ours.Select(c => $"decode {c.Api.Name} {WireOracle.Kind(c.IsRequest)} {c.Version} {(c.Hex.Length == 0 ? "-" : c.Hex)}")]);
        var different = ours.Zip(json, (c, answer) => answer.StartsWith("error", StringComparison.Ordinal)
            ? $"{c}: {answer}"
            : MessageJson.Difference(c.Read(), JsonNode.Parse(answer), c.ToString()));
        Expect(different.OfType<string>(), ours.Length);

        var plain = ours.Zip(json).Where(c => !c.Second.Contains("\"records\"", StringComparison.Ordinal)).ToArray();
        var again = await oracle.AskAsync(
            [.. plain.Select(c => $"encode {c.First.Api.Name} {WireOracle.Kind(c.First.IsRequest)} {c.First.Version} {c.Second}")]);
        Expect(plain.Zip(again, (c, hex) => hex == (c.First.Hex.Length == 0 ? "-" : c.First.Hex) ? null : $"{c.First}: Kafka writes {hex}")
            .OfType<string>(), plain.Length);
    }

    [Fact]
    public async Task The_golden_file_is_what_Kafka_writes()
    {
        var oracle = shared.Start();
        var answers = await oracle.AskAsync([.. GoldenMessages.All.Select(g => g.Question)]);
        Assert.Equal(GoldenMessages.All.Select(g => g.Answer), answers);
    }

    private static WireCase Filled(KafkaApi api, bool isRequest, short version, int seed)
    {
        var message = new RandomMessages(new Random(HashCode(api, isRequest, version, seed)), version).Fill(WireCase.Fresh(api, isRequest));
        return new WireCase(api, isRequest, version, WireCase.Write(message, version));
    }

    private static int HashCode(KafkaApi api, bool isRequest, short version, int seed) =>
        ((int)api.Key * 1000) + (version * 20) + (seed * 2) + (isRequest ? 1 : 0);

    private static void Expect(IEnumerable<string> wrong, int of)
    {
        var all = wrong.ToArray();
        Assert.True(all.Length == 0, $"{all.Length} of {of}:\n{string.Join("\n", all.Take(20))}");
        Assert.True(of > 900);
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
