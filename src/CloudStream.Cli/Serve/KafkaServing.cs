using System.Net.Sockets;
using CloudStream.Cli.Shell;
using CloudStream.Cluster.Settings;
using CloudStream.Kafka;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace CloudStream.Cli.Serve;

/// <summary>The Kafka face as <c>serve</c> starts it.</summary>
internal static class KafkaServing
{
    /// <summary>Takes the address. Null when that of the default is taken: then there is no Kafka face, and <c>serve</c> says so.</summary>
    /// <exception cref="CommandException">An address that was asked for cannot be had.</exception>
    public static async Task<KafkaListener?> BindAsync(KafkaSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return KafkaListener.Bind(await ServeHost.ResolveAsync(settings.Listen, cancellationToken), settings.Advertised?.ToString());
        }
        catch (SocketException) when (ReferenceEquals(settings, KafkaSettings.Default))
        {
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new CommandException($"cannot listen on {settings.Listen}: the port is in use; choose another with --kafka");
        }
        catch (SocketException e)
        {
            throw new CommandException($"cannot listen on {settings.Listen}: {e.Message}");
        }
    }

    /// <summary>How the face proves who it is; null without TLS.</summary>
    /// <exception cref="CommandException">The certificate cannot be used.</exception>
    public static HttpsConnectionAdapterOptions? TlsOf(KafkaSettings settings) =>
        settings.TlsCertificate is null ? null : TlsCertificate.Load(settings.TlsCertificate, settings.TlsKey);

    /// <summary>Who may come; null when everybody may.</summary>
    /// <exception cref="CommandException">The file cannot be used.</exception>
    public static KafkaUsers? UsersOf(KafkaSettings settings)
    {
        if (settings.Users is not { } file)
            return null;
        try
        {
            return KafkaUsers.Load(file);
        }
        catch (FormatException e)
        {
            throw CommandException.Usage(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"cannot read the users {file}: {e.Message}");
        }
    }

    /// <summary>Sets the face's options: what its own options say, and what <c>--set</c> says of it.</summary>
    public static Action<KafkaOptions> Configure(KafkaSettings settings, KafkaUsers? users, BrokerOptions broker) => options =>
    {
        options.Advertised = settings.Advertised?.ToString();
        options.Users = users;
        options.Take(broker);
    };

    /// <summary>Adds the face to the application.</summary>
    public static void Add(WebApplicationBuilder builder, KafkaListener listener, Action<KafkaOptions> configure,
        HttpsConnectionAdapterOptions? tls)
    {
        builder.Services.AddCloudStreamKafka(configure);
        listener.ListenOn(builder.WebHost, tls);
    }
}
