using System.Net;
using System.Text.Json;

namespace CloudStream.Cli.Tests.Faults;

/// <summary>One HTTP request at a time to one of the brokers, mostly the same as last time, and what is known of its outcome.</summary>
internal sealed class BrokerTalk(IReadOnlyList<BrokerPlace> places, Random random) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = FaultClient.Patience })
    {
        Timeout = FaultClient.Patience
    };
    private BrokerPlace _favourite = places[random.Next(places.Count)];
    private int _unnamed;

    /// <summary>Sends a request; the message of the reply is null when there was none.</summary>
    public async Task<Reply> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, (string Name, string Value)? header = null)
    {
        if (random.Next(8) == 0)
            _favourite = places[random.Next(places.Count)];
        string? before = _favourite.Incarnation;
        using var request = new HttpRequestMessage(method, new Uri(_favourite.Address, path)) { Content = content };
        if (header is { } extra)
            request.Headers.TryAddWithoutValidation(extra.Name, extra.Value);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request);
            byte[] body = await response.Content.ReadAsByteArrayAsync();
            return new Reply(ProcessSince(before), response.StatusCode, body, response.Headers, WasSent: true);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            _favourite = places[random.Next(places.Count)];
            return new Reply("", null, [], null,
                WasSent: e is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError });
        }
    }

    public void Dispose() => _http.Dispose();

    // Which process answered is certain only when the same one was there all the time.
    private string ProcessSince(string? before) =>
        before is not null && before == _favourite.Incarnation ? before : $"unnamed {_unnamed++}";

    internal sealed record Reply(string Process, HttpStatusCode? Status, byte[] Body, System.Net.Http.Headers.HttpResponseHeaders? Headers,
        bool WasSent)
    {
        public JsonElement Json => JsonDocument.Parse(Body).RootElement;

        public string Text => System.Text.Encoding.UTF8.GetString(Body);

        /// <summary>The code of a problem; empty where there is none.</summary>
        public string Code => Status is null or HttpStatusCode.OK ? "" : Json.GetProperty("code").GetString()!;

        public long HeaderNumber(string name) =>
            long.Parse(Headers!.GetValues(name).Single(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
