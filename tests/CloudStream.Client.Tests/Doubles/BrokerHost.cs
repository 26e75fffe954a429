using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Http;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Client.Tests.Doubles;

/// <summary>
/// A real broker over stores in memory, behind the real HTTP API on a free port. It can be stopped and started on the same stores and port.
/// </summary>
public sealed class BrokerHost : IAsyncLifetime
{
    private readonly BrokerStores _stores;
    private readonly Meter _meter = new("CloudStream.Client.Tests");
    private WebApplication? _app;
    private Broker? _broker;

    public BrokerHost() => _stores = new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore());

    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort()}");

    public async ValueTask InitializeAsync() => await StartAsync();

    public CloudStreamClient NewClient() => new(new CloudStreamClientOptions
    {
        Server = Address,
        RetryBackoff = TimeSpan.FromMilliseconds(2),
        MaxRetryBackoff = TimeSpan.FromMilliseconds(50),
    });

    public async Task<string> NewTopicAsync(CloudStreamClient client, int partitions = 1)
    {
        var name = $"t-{Guid.NewGuid():n}";
        await client.Admin.CreateTopicAsync(name, partitions);
        return name;
    }

    public async Task StartAsync()
    {
        var options = new BrokerOptions { FlushInterval = TimeSpan.FromMilliseconds(1), Lease = TimeSpan.FromMilliseconds(500) };
        options.Settings["group.initial.rebalance.delay.ms"] = "0";
        options.Settings["group.min.session.timeout.ms"] = "50";
        options.Settings["log.retention.ms"] = "-1"; // Records of 1970 would go when retention comes by before they are read.
        var runtime = new BrokerRuntime(TimeProvider.System, new RandomSource(Random.Shared), NullLoggerFactory.Instance, _meter);
        _broker = await Broker.StartAsync(_stores, options, runtime, CancellationToken.None);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address.AbsoluteUri);
        builder.Services.AddSingleton<IBroker>(_broker);
        builder.Services.AddCloudStreamHttp();
        _app = builder.Build();
        _app.MapCloudStream();
        await _app.StartAsync();
    }

    /// <summary>Breaks the connections at once; requests that are on their way are not answered.</summary>
    public async Task StopAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app!.StopAsync(now.Token);
        await _app.DisposeAsync();
        await _broker!.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _meter.Dispose();
    }

    // Below those that systems give to outgoing connections (32768 and up on Linux): while the broker is down nobody takes it, and a client
    // that tries to reach the broker does not end up connected to itself.
    private static int FreePort()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(12_000, 32_000));
            try
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }
}
