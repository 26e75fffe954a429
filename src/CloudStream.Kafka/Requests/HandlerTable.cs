namespace CloudStream.Kafka.Requests;

/// <summary>The handlers that exist. What clients are told in ApiVersions is this table and nothing else.</summary>
internal sealed class HandlerTable
{
    private readonly KafkaHandler?[] _byKey;

    /// <param name="handlers">All handlers but those of ApiVersions and UpdateFeatures, which speak of the others and are made
    /// here.</param>
    public HandlerTable(IEnumerable<KafkaHandler> handlers)
    {
        var features = new Features(this);
        KafkaHandler[] all = [.. handlers, new ApiVersionsHandler(this, features), new UpdateFeaturesHandler(features)];
        _byKey = new KafkaHandler?[all.Max(h => (int)h.Key) + 1];
        foreach (var handler in all)
            _byKey[(int)handler.Key] = handler;
    }

    /// <summary>All handlers, in the order of their keys.</summary>
    public IEnumerable<KafkaHandler> All => _byKey.OfType<KafkaHandler>();

    /// <summary>The handler of an API; null when there is none.</summary>
    public KafkaHandler? this[short key] => (uint)key < (uint)_byKey.Length ? _byKey[key] : null;

    /// <summary>The handler that answers this version; null when none does.</summary>
    public KafkaHandler? this[short key, short version] =>
        this[key] is { } handler && version >= handler.MinVersion && version <= handler.MaxVersion ? handler : null;
}
