using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Serve;

/// <summary>What the command line asked of the Kafka face.</summary>
/// <param name="Listen">Where it listens.</param>
/// <param name="Advertised">What clients are told to come to; null for the address that they came to.</param>
/// <param name="TlsCertificate">File with the certificate; null for no TLS.</param>
/// <param name="TlsKey">File with the certificate's key, where the first file does not hold it.</param>
/// <param name="Users">File of the users that may come; null when everybody may.</param>
internal sealed record KafkaSettings(ListenAddress Listen, ListenAddress? Advertised, string? TlsCertificate, string? TlsKey, string? Users)
{
    /// <summary>Nothing was asked: Kafka's usual port on this machine alone, if nobody else has it.</summary>
    public static readonly KafkaSettings Default = new(Defaults.Kafka, null, null, null, null);
}
