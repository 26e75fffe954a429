using System.Text.Json;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>Reads server-sent events as an EventSource does.</summary>
public sealed class EventReader : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private EventReader(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _reader = new StreamReader(stream);
    }

    /// <summary>The id that a reconnecting client sends back.</summary>
    public string LastEventId { get; private set; } = "";

    /// <summary>Comments seen.</summary>
    public int Comments { get; private set; }

    public static async Task<EventReader> OpenAsync(HttpClient client, string path, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.IsSuccessStatusCode,
            $"{response.StatusCode}: {(response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync())}");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new EventReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event with data; null at the end of the stream.</summary>
    public async Task<(string Name, JsonElement Data)?> NextAsync()
    {
        var (name, data) = ("message", "");
        while (await _reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(':'))
                Comments++;
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
                LastEventId = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data = line[6..];
            else if (line.Length == 0 && data.Length > 0)
                return (name, JsonDocument.Parse(data).RootElement);
        }

        return null;
    }

    public async Task<List<JsonElement>> TakeAsync(int count)
    {
        var events = new List<JsonElement>();
        while (events.Count < count)
            events.Add((await NextAsync() ?? throw new InvalidOperationException("The stream ended.")).Data);
        return events;
    }

    /// <summary>Reads until a comment has come.</summary>
    public async Task WaitForCommentAsync()
    {
        while (await _reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(':'))
                return;
        }

        throw new InvalidOperationException("The stream ended without a comment.");
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }
}
