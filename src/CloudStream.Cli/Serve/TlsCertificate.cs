using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Serve;

/// <summary>Reads a certificate with its key: PEM (key in the same file or in one of its own) or PFX without a password.</summary>
internal static class TlsCertificate
{
    /// <exception cref="CommandException">The file cannot be read or holds no certificate with a key.</exception>
    public static X509Certificate2 Load(string certificate, string? key)
    {
        try
        {
            X509Certificate2 loaded = IsPem(certificate)
                ? X509Certificate2.CreateFromPemFile(certificate, key)
                : X509CertificateLoader.LoadPkcs12FromFile(certificate, null);
            return loaded.HasPrivateKey ? loaded : throw new CommandException($"{certificate} holds no private key");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CommandException($"cannot use the certificate {certificate}: {e.Message}");
        }
    }

    private static bool IsPem(string file)
    {
        Span<byte> head = stackalloc byte[5];
        using FileStream stream = File.OpenRead(file);
        return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.IndexOfAnyExcept("-----"u8[0]) < 0;
    }
}
