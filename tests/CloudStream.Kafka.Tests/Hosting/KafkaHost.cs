using System.Diagnostics.Metrics;
using System.Net;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Face;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Kafka.Tests.Hosting;

/// <summary>One broker over stores in memory behind the Kafka face on a real socket; several of them may share the stores.</summary>
internal sealed class KafkaHost : IAsyncDisposable
{
    private readonly Meter _meter = new("CloudStream.Engine");
    private readonly WebApplication _app;
    private readonly KafkaListener _listener;
    private readonly MeterListener _watch = new();
    private readonly Dictionary<string, TaskCompletionSource> _seen = [];

    private KafkaHost(Broker broker, WebApplication app, KafkaListener listener)
    {
        (Broker, _app, _listener) = (broker, app, listener);
        var meters = app.Services.GetRequiredService<IMeterFactory>();
        _watch.InstrumentPublished = (instrument, watch) =>
        {
            if (instrument.Name is "cloudstream.kafka.connections.cut" or "cloudstream.kafka.requests"
                && ReferenceEquals(instrument.Meter.Scope, meters))
                watch.EnableMeasurementEvents(instrument);
        };
        _watch.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Seen(instrument.Name, (string)tags[0].Value!).TrySetResult());
        _watch.Start();
    }

    public Broker Broker { get; }

    public IPEndPoint EndPoint => _listener.EndPoint;

    public static async Task<KafkaHost> StartAsync(
        Action<KafkaOptions>? kafka = null, Action<BrokerOptions>? broker = null, BrokerStores? stores = null,
        HttpsConnectionAdapterOptions? tls = null, ILoggerFactory? loggers = null, TimeProvider? time = null,
        Func<IBroker, IBroker>? wrap = null)
    {
        var listener = KafkaListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var options = new BrokerOptions { Shards = 2, FlushInterval = TimeSpan.FromMilliseconds(1) };
        listener.Register(options);
        broker?.Invoke(options);
        using var meter = new Meter("CloudStream.Engine");
        var runtime = new BrokerRuntime(TimeProvider.System, new RandomSource(1), loggers ?? NullLoggerFactory.Instance, meter);
        var started = await CloudStream.Cluster.Broker.StartAsync(
            stores ?? new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore()), options, runtime, CancellationToken.None);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        if (loggers is not null)
            builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(wrap is null ? started : wrap(started));
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddCloudStreamKafka(kafka);
        listener.ListenOn(builder.WebHost.UseKestrelCore(), tls);
        var app = builder.Build();
        var host = new KafkaHost(started, app, listener);
        await app.StartAsync();
        return host;
    }

    public Task<WireClient> ConnectAsync() => WireClient.ConnectAsync(EndPoint);

    /// <summary>Completes when the server has closed a connection for a reason.</summary>
    public Task CutAsync(string reason) => Seen("cloudstream.kafka.connections.cut", reason).Task.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Completes when the server has begun a request of an API.</summary>
    public Task RequestedAsync(string api) => Seen("cloudstream.kafka.requests", api).Task.WaitAsync(TimeSpan.FromSeconds(30));

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _watch.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Broker.DisposeAsync();
        _listener.Dispose();
        _meter.Dispose();
    }

    private TaskCompletionSource Seen(string instrument, string tag)
    {
        lock (_seen)
        {
            if (!_seen.TryGetValue($"{instrument} {tag}", out var cut))
                _seen[$"{instrument} {tag}"] = cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return cut;
        }
    }
}
