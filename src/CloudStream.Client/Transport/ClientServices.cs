namespace CloudStream.Client.Transport;

/// <summary>What producers, consumers and group members of one client share.</summary>
/// <param name="Options">How the client behaves.</param>
/// <param name="Api">Topics and records.</param>
/// <param name="Groups">Consumer groups.</param>
/// <param name="Retries">Repeats what may be repeated.</param>
/// <param name="Catalog">The topics that are known.</param>
internal sealed record ClientServices(
    CloudStreamClientOptions Options, BrokerApi Api, GroupApi Groups, RetryPolicy Retries, TopicCatalog Catalog);
