using CloudStream.Cluster;
using CloudStream.Cluster.Faces;
using CloudStream.Http.Admission;
using CloudStream.Http.Face;
using CloudStream.Http.Groups.Members;
using CloudStream.Http.Metrics;
using CloudStream.Http.OpenApi;
using CloudStream.Http.Requests;
using CloudStream.Http.Transport;
using CloudStream.Log.Memory;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CloudStream.Http;

/// <summary>Puts the HTTP API's services into an application.</summary>
public static class CloudStreamHttpServices
{
    /// <summary>
    /// Adds what <see cref="CloudStreamHttpEndpoints.MapCloudStream"/> needs, and sets Kestrel's limits. The application also registers an
    /// <see cref="IBroker"/>; whoever made the broker disposes it.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddCloudStreamHttp(this IServiceCollection services, Action<CloudStreamHttpOptions>? configure = null)
    {
        var options = services.AddOptions<CloudStreamHttpOptions>();
        if (configure is not null)
            options.Configure(configure);
        services.Configure<SocketTransportOptions>(
            static sockets =>
                (sockets.MaxReadBufferSize, sockets.MaxWriteBufferSize) = (SocketBlocks.ReadAheadBytes, SocketBlocks.SendAheadBytes));
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<HttpMeters>();
        services.AddSingleton(static provider => new MetricsCollector(
            provider.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("CloudStream.Http")));
        services.AddSingleton(CreateFace);
        services.AddSingleton(CreateConnections);
        services.AddSingleton<MemberSessions>();
        services.AddHostedService(static provider => provider.GetRequiredService<MemberSessions>());
        services.AddSingleton(CreateGuard);
        services.AddSingleton<IStartupFilter, RequestTurnStartup>();
        services.AddSingleton<IStartupFilter, PageGuardStartup>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, KestrelLimits>();
        services.AddSingleton<IMemoryPoolFactory<byte>, SocketBlocksFactory>();
        services.AddCloudStreamOpenApi();
        return services;
    }

    // Looks now and then whether the clients that are being answered take something, and cuts those off that do not; however slowly one
    // reads, it may go on. The server's own rule, so many bytes a second, does not fit: it is about what an answer has in all, so a client
    // that takes nothing of a large one holds it for hours.
    private static OpenConnections<HttpTransport> CreateConnections(IServiceProvider provider)
    {
        var limit = provider.GetRequiredService<IOptions<CloudStreamHttpOptions>>().Value.MaxSendStall;
        var meters = provider.GetRequiredService<HttpMeters>();
        var log = provider.GetRequiredService<ILoggerFactory>().CreateLogger("CloudStream.Http");
        return new(provider.GetRequiredService<TimeProvider>(), limit, connection =>
        {
            if (!connection.HasStalled(limit))
                return;
            meters.ConnectionCut("slow");
            HttpLog.SlowReader(log, connection.Peer, limit);
            connection.Abort("the client takes nothing of its answer");
        });
    }

    private static PageGuard CreateGuard(IServiceProvider provider)
    {
        var face = provider.GetRequiredService<HttpFace>();
        return new PageGuard(face.Options, face.Meters, face.Time, face.Logger);
    }

    private static HttpFace CreateFace(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<CloudStreamHttpOptions>>().Value;
        options.Validate();
        var (broker, time) = (provider.GetRequiredService<IBroker>(), provider.GetRequiredService<TimeProvider>());
        return new HttpFace(
            broker,
            options,
            time,
            new RequestMemory(broker.Memory.Receiving, options.MaxReceiveStall, time)
            {
                Stopping = provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
            },
            provider.GetRequiredService<HttpMeters>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("CloudStream.Http"),
            provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
    }
}
