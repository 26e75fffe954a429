using System.Globalization;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Topics;

namespace CloudStream.Kafka.Configs;

/// <summary>Changes the settings of one resource: of a topic, or says why not. Thread-safe.</summary>
internal sealed class ConfigChanges(KafkaFace face)
{
    private readonly TopicLookup _topics = new(face.Broker);

    /// <summary>Whose settings a resource's are, if not a topic's; or what is wrong with its name.</summary>
    public (SettingsOwner? Owner, string? Fault) OwnerOf(sbyte type, string name) => type switch
    {
        ConfigResource.Broker when name.Length > 0 && name != face.Broker.BrokerId.ToString(CultureInfo.InvariantCulture) =>
            (null, $"Unexpected broker id, expected {face.Broker.BrokerId} or empty string, but received {name}"),
        ConfigResource.Broker => (new(SettingsOwnerKind.Brokers, name), null),
        ConfigResource.Group when name.Length == 0 => (null, "Default group resources are not allowed."),
        ConfigResource.Group => (new(SettingsOwnerKind.Group, name), null),
        ConfigResource.ClientMetrics when name.Length == 0 => (null, "Subscription name can't be empty"),
        ConfigResource.ClientMetrics => (new(SettingsOwnerKind.ClientMetrics, name), null),
        _ => (null, null),
    };

    /// <summary>Changes settings of a broker, all brokers, a group or client metrics.</summary>
    public async ValueTask<(KafkaError Error, string? Detail)> ApplyAsync(
        SettingsOwner owner,
        IReadOnlyDictionary<string, string?> changes,
        bool replace,
        bool validateOnly,
        CancellationToken cancellationToken)
    {
        var result = await face.Broker.AlterSettingsAsync(owner, changes, replace, validateOnly, cancellationToken);
        return (ErrorTable.Get(result.Error), result.Detail);
    }

    /// <summary>Changes what <paramref name="decide"/> makes of the present settings: new values, null to reset; or its refusal.</summary>
    public async ValueTask<(KafkaError Error, string? Detail)> ApplyAsync(
        sbyte type,
        string name,
        bool validateOnly,
        Func<TopicInfo, (IReadOnlyDictionary<string, string?> Changes, string? Fault)> decide,
        CancellationToken cancellationToken)
    {
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
        var result = validateOnly
            ? face.Broker.ValidateConfig(topic, changes)
            : await face.Broker.AlterConfigAsync(name, changes, cancellationToken);
        return (ErrorTable.Get(result.Error), result.Detail);
    }
}
