using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using CloudStream.Cluster;
using CloudStream.Http.Face;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>The API over a real socket on a free port.</summary>
public sealed class HttpHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IAsyncDisposable? _owned;

    private HttpHost(WebApplication app, IAsyncDisposable? owned)
    {
        _app = app;
        _owned = owned;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = new HttpClient(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 64,
            RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8
        }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a host in front of a broker; it reports what is measured with <paramref name="meters"/>.</summary>
    public static async Task<HttpHost> StartAsync(
        IBroker broker, Action<CloudStreamHttpOptions>? configure = null, IAsyncDisposable? owned = null, IMeterFactory? meters = null,
        ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        if (meters is not null)
            builder.Services.AddSingleton(meters);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.UseCloudStreamHttp()));
        builder.Services.AddSingleton(broker);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        if (loggers is not null)
            builder.Services.AddSingleton(loggers);
        builder.Services.AddCloudStreamHttp(configure);
        var app = builder.Build();
        app.MapCloudStream();
        await app.StartAsync();
        return new HttpHost(app, owned);
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_owned is not null)
            await _owned.DisposeAsync();
    }

    /// <summary>Creates a topic of its own for a test.</summary>
    public async Task<string> NewTopicAsync(int partitions = 1, string config = "{}")
    {
        var name = $"t-{Guid.NewGuid():n}";
        var response = await PostJsonAsync("/v1/topics", $$"""{"name":"{{name}}","partitions":{{partitions}},"config":{{config}}}""");
        Assert.Equal(201, (int)response.Status);
        return name;
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Answer> PostJsonAsync(string path, string json, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, Body(json, "application/json"), headers);

    public Task<Answer> PostAsync(string path, HttpContent body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body, headers);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        using var response = await Client.SendAsync(request);
        var content = await response.Content.ReadAsByteArrayAsync();
        return new Answer(response.StatusCode, response.Content.Headers.ContentType?.MediaType, content,
            response.Headers.Concat(response.Content.Headers).ToDictionary(
                h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public static HttpContent Body(string text, string contentType) => Body(System.Text.Encoding.UTF8.GetBytes(text), contentType);

    public static HttpContent Body(byte[] bytes, string contentType)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return content;
    }
}
