using CloudStream.Cluster;
using Microsoft.Extensions.Logging;

namespace CloudStream.Kafka.Face;

/// <summary>What connections and handlers work with; one per application.</summary>
/// <param name="Broker">The log.</param>
/// <param name="Options">Limits and intervals.</param>
/// <param name="Time">Clock and timers.</param>
/// <param name="Metrics">This project's instruments.</param>
/// <param name="Logger">Where this project logs.</param>
internal sealed record KafkaFace(IBroker Broker, KafkaOptions Options, TimeProvider Time, KafkaMetrics Metrics, ILogger Logger)
{
    /// <summary>The name of this face among a broker's endpoints.</summary>
    public const string Name = "kafka";
}
