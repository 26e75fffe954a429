namespace CloudStream.Kafka.Messages;

/// <summary>All APIs that are described, by key.</summary>
internal static partial class KafkaApis
{
    private static readonly KafkaApi[] s_all = Described();
    private static readonly KafkaApi?[] s_byKey = ByKey();

    /// <summary>In the order of their keys.</summary>
    public static IReadOnlyList<KafkaApi> All => s_all;

    /// <summary>Null: no description has this key.</summary>
    public static KafkaApi? Find(short key) => (uint)key < (uint)s_byKey.Length ? s_byKey[key] : null;

    public static KafkaApi Get(ApiKey key) => Find((short)key) ?? throw new ArgumentOutOfRangeException(nameof(key));

    private static KafkaApi?[] ByKey()
    {
        var byKey = new KafkaApi?[(int)s_all[^1].Key + 1];
        foreach (var api in s_all)
            byKey[(int)api.Key] = api;
        return byKey;
    }
}
