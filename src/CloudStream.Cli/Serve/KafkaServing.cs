using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using CloudStream.Cli.Shell;
using CloudStream.Kafka;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

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

    /// <summary>Adds the face to the application.</summary>
    /// <exception cref="CommandException">The certificate cannot be used.</exception>
    public static void Add(WebApplicationBuilder builder, KafkaListener listener, KafkaSettings settings)
    {
        builder.Services.AddCloudStreamKafka(options => options.Advertised = settings.Advertised?.ToString());
        if (settings.TlsCertificate is null)
        {
            listener.ListenOn(builder.WebHost);
            return;
        }

        X509Certificate2 certificate = TlsCertificate.Load(settings.TlsCertificate, settings.TlsKey);
        builder.WebHost.UseKestrelHttpsConfiguration();
        listener.ListenOn(builder.WebHost, listen => listen.UseHttps(certificate));
    }
}
