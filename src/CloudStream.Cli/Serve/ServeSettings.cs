using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Serve;

/// <summary>What the command line asked of <c>serve</c>.</summary>
/// <param name="Place">Where everything is kept.</param>
/// <param name="Http">Where the HTTP API listens.</param>
/// <param name="Kafka">Where and how the Kafka protocol listens.</param>
/// <param name="FlushInterval">Least time between two flushes of a shard.</param>
/// <param name="Settings">Broker settings under Kafka's names.</param>
internal sealed record ServeSettings(StorePlace Place, ListenAddress Http, KafkaSettings Kafka, TimeSpan FlushInterval,
    IReadOnlyDictionary<string, string> Settings);
