using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CloudStream.Cli.Shell;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace CloudStream.Cli.Serve;

/// <summary>
/// Reads a certificate with its key: PEM (key in the same file or in one of its own) or PFX without a password. Certificates that stand
/// beside it are sent to clients as its chain.
/// </summary>
internal static class TlsCertificate
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <exception cref="CommandException">The file cannot be read or holds no certificate with a key.</exception>
    public static HttpsConnectionAdapterOptions Load(string certificate, string? key)
    {
        try
        {
            var all = new X509Certificate2Collection();
            X509Certificate2? own;
            if (IsPem(certificate))
            {
                own = X509Certificate2.CreateFromPemFile(certificate, key);
                all.ImportFromPemFile(certificate);
            }
            else
            {
                all = X509CertificateLoader.LoadPkcs12CollectionFromFile(certificate, null);
                own = all.FirstOrDefault(static c => c.HasPrivateKey);
            }

            if (own is not { HasPrivateKey: true })
                throw CommandException.Usage($"{certificate} holds no private key");
            if (!IsForServers(own))
                throw CommandException.Usage($"{certificate} is not for servers: its extended key usage leaves TLS servers out");
            return new HttpsConnectionAdapterOptions
            {
                ServerCertificate = own,
                ServerCertificateChain = [.. all.Where(c => c.Thumbprint != own.Thumbprint)]
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw CommandException.Usage($"cannot use the certificate {certificate}: {e.Message}");
        }
    }

    // The server asks the same, when it begins to listen.
    private static bool IsForServers(X509Certificate2 certificate)
    {
        List<X509EnhancedKeyUsageExtension> uses = [.. certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()];
        return uses.Count == 0 || uses.Any(
            static u => u.EnhancedKeyUsages.Cast<Oid>().Any(static use => use.Value == ServerAuthentication));
    }

    private static bool IsPem(string file)
    {
        Span<byte> head = stackalloc byte[5];
        using FileStream stream = File.OpenRead(file);
        return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.IndexOfAnyExcept("-----"u8[0]) < 0;
    }
}
