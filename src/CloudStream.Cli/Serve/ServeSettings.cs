using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Serve;

/// <summary>What the command line asked of <c>serve</c>.</summary>
/// <param name="Data">The folder, as given.</param>
/// <param name="Http">Where the HTTP API listens.</param>
/// <param name="Kafka">Where and how the Kafka protocol listens.</param>
/// <param name="FlushInterval">Least time between two flushes of a shard.</param>
/// <param name="PageCache">Whether large transfers go through the page cache, too.</param>
/// <param name="Settings">Broker settings under Kafka's names.</param>
internal sealed record ServeSettings(string Data, ListenAddress Http, KafkaSettings Kafka, TimeSpan FlushInterval, bool PageCache,
    IReadOnlyDictionary<string, string> Settings);
