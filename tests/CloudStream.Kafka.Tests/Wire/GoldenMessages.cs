using System.Text.Json.Nodes;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>The lines of <c>golden.txt</c>: a message of each API, kind and version, as bytes and as JSON, made by Apache Kafka.</summary>
internal static class GoldenMessages
{
    public static IReadOnlyList<Golden> All { get; } = [.. Lines().Select(Parse)];

    private static IEnumerable<string> Lines()
    {
        using var stream = typeof(GoldenMessages).Assembly.GetManifestResourceStream("golden.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
                yield return line;
        }
    }

    private static Golden Parse(string line)
    {
        var words = line.Split(' ', 6);
        var api = KafkaApis.All.Single(a => a.Name == words[0]);
        var message = new WireCase(api, words[1] == "request", short.Parse(words[2]), words[4] == "-" ? "" : words[4]);
        return new Golden(message, $"random {words[0]} {words[1]} {words[2]} {words[3]}", $"{words[4]} {words[5]}",
            JsonNode.Parse(words[5])!);
    }

    /// <param name="Message">The bytes.</param>
    /// <param name="Question">What Apache Kafka was asked.</param>
    /// <param name="Answer">What it answered.</param>
    /// <param name="Json">The fields, as Kafka's converter writes them.</param>
    internal sealed record Golden(WireCase Message, string Question, string Answer, JsonNode Json);
}
