using System.Net;
using System.Text;
using System.Text.Json;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>What came back.</summary>
public sealed record Answer(HttpStatusCode Status, string? ContentType, byte[] Bytes, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public JsonElement Json => JsonDocument.Parse(Bytes).RootElement;

    public JsonElement[] Lines =>
        [.. Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>A problem with this status and code whose detail contains every one of the words.</summary>
    public Answer AssertProblem(int status, string code, params string[] words)
    {
        Assert.True((int)Status == status, $"expected {status}, got {(int)Status}: {Text}");
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal(code, Json.GetProperty("code").GetString());
        Assert.Equal($"https://cloudstream.dev/problems/{code}", Json.GetProperty("type").GetString());
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        Assert.NotEqual("", Json.GetProperty("title").GetString());
        foreach (var word in words)
            Assert.Contains(word, Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        return this;
    }

    public Answer AssertOk()
    {
        Assert.True((int)Status == 200, $"expected 200, got {(int)Status}: {Text}");
        return this;
    }
}
