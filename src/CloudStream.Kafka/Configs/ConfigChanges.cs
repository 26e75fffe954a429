using System.Globalization;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Topics;

namespace CloudStream.Kafka.Configs;

/// <summary>Changes the settings of one resource: of a topic, or says why not. Thread-safe.</summary>
internal sealed class ConfigChanges(KafkaFace face)
{
    private readonly TopicLookup _topics = new(face.Broker);

    /// <summary>
    /// Takes back what was set at run time on this broker, or on all (no name): nothing can be, so nothing is to be done. Tools do so when they tidy up, such as the throttles of a reassignment.
    /// </summary>
    public (KafkaError Error, string? Detail) ResetBroker(string name) =>
        name.Length == 0 || name == face.Broker.BrokerId.ToString(CultureInfo.InvariantCulture)
            ? (KafkaError.None, null)
            : (KafkaError.InvalidRequest, $"Unexpected broker id, expected {face.Broker.BrokerId} or empty string, but received {name}");

    /// <summary>Changes what <paramref name="decide"/> makes of the present settings: new values, null to reset; or its refusal.</summary>
    public async ValueTask<(KafkaError Error, string? Detail)> ApplyAsync(
        sbyte type,
        string name,
        bool validateOnly,
        Func<TopicInfo, (IReadOnlyDictionary<string, string?> Changes, string? Fault)> decide,
        CancellationToken cancellationToken)
    {
        if (type == ConfigResource.Broker)
            return (KafkaError.InvalidRequest, "Broker settings cannot be changed while the broker runs; start it with --set NAME=VALUE.");
        if (type != ConfigResource.Topic)
            return (KafkaError.InvalidRequest, $"Unsupported resource type: {type}");
        if (name.Length == 0)
            return (KafkaError.InvalidRequest, "There are no settings for all topics; those of the broker are given when it is started.");
        if (TopicNames.Fault(name) is { } illegal)
            return (KafkaError.InvalidTopic, illegal);
        var (topic, error) = await _topics.FindAsync(name, cancellationToken);
        if (topic is null)
            return (error, error == KafkaError.UnknownTopicOrPartition ? $"The topic '{name}' does not exist." : null);
        var (changes, fault) = decide(topic);
        if (fault is not null)
            return (KafkaError.InvalidConfig, fault);
        var result = validateOnly ? face.Broker.ValidateConfig(topic, changes) : await face.Broker.AlterConfigAsync(name, changes, cancellationToken);
        return (ErrorTable.Get(result.Error), result.Detail);
    }
}
