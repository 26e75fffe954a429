using CloudStream.Cluster;
using CloudStream.Cluster.Faces;
using CloudStream.Kafka.Apis;
using CloudStream.Kafka.Connections;
using CloudStream.Kafka.Face;
using CloudStream.Log.Memory;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CloudStream.Kafka;

/// <summary>Puts the Kafka face into an application.</summary>
public static class KafkaServices
{
    /// <summary>
    /// Adds what <see cref="UseCloudStreamKafka"/> needs. The application also registers an <see cref="IBroker"/>; whoever made the broker
    /// disposes it.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddCloudStreamKafka(this IServiceCollection services, Action<KafkaOptions>? configure = null)
    {
        var options = services.AddOptions<KafkaOptions>();
        if (configure is not null)
            options.Configure(configure);
        services.Configure<SocketTransportOptions>(
            static sockets =>
                (sockets.MaxReadBufferSize, sockets.MaxWriteBufferSize) = (SocketBlocks.ReadAheadBytes, SocketBlocks.SendAheadBytes));
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<KafkaMetrics>();
        services.AddSingleton(CreateFace);
        services.AddSingleton(static provider => Handlers.Create(provider.GetRequiredService<KafkaFace>()));
        services.AddSingleton(CreateConnections);
        services.AddSingleton<TlsHandshakes>();
        services.AddSingleton(
            static provider => new LogLimit(provider.GetRequiredService<KafkaFace>().Logger, provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    /// <summary>
    /// Asks clients of this address for TLS. Comes before <see cref="UseCloudStreamKafka"/>; the server needs
    /// <c>UseKestrelHttpsConfiguration</c>.
    /// </summary>
    /// <param name="listen">The address.</param>
    /// <param name="tls">The certificate, with its chain.</param>
    /// <returns>The same address.</returns>
    public static ListenOptions UseCloudStreamKafkaTls(this ListenOptions listen, HttpsConnectionAdapterOptions tls)
    {
        ArgumentNullException.ThrowIfNull(listen);
        var handshakes = listen.ApplicationServices.GetRequiredService<TlsHandshakes>();
        listen.Use(handshakes.Before);
        listen.UseHttps(tls);
        listen.Use(handshakes.Behind);
        return listen;
    }

    /// <summary>Speaks the Kafka protocol on what this address listens for.</summary>
    /// <param name="listen">The address.</param>
    /// <returns>The same address.</returns>
    public static ListenOptions UseCloudStreamKafka(this ListenOptions listen)
    {
        listen.UseConnectionHandler<KafkaConnectionHandler>();
        return listen;
    }

    private static OpenConnections<KafkaConnection> CreateConnections(IServiceProvider provider)
    {
        var face = provider.GetRequiredService<KafkaFace>();
        var options = face.Options;
        var shortest = new[] { options.MaxIdle, options.MaxSendStall, options.MaxReceiveStall, options.MaxAuthentication }.Min();
        return new(face.Time, shortest, static connection => connection.CheckProgress());
    }

    private static KafkaFace CreateFace(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<KafkaOptions>>().Value;
        options.Validate();
        return new KafkaFace(
            provider.GetRequiredService<IBroker>(),
            options,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<KafkaMetrics>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("CloudStream.Kafka"));
    }
}
