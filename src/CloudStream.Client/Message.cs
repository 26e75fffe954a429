namespace CloudStream.Client;

/// <summary>A key and a value to be produced, with what travels with them.</summary>
/// <typeparam name="TKey">Type of the key; <see cref="Null"/> for none.</typeparam>
/// <typeparam name="TValue">Type of the value.</typeparam>
public readonly record struct Message<TKey, TValue>
{
    /// <summary>Decides the partition, unless one is named.</summary>
    public TKey Key { get; init; }

    /// <summary>The value; null is a tombstone.</summary>
    public TValue Value { get; init; }

    /// <summary>Headers, if any.</summary>
    public Headers? Headers { get; init; }

    /// <summary>When the event happened, to the millisecond. Default: when it is produced.</summary>
    public DateTimeOffset? Timestamp { get; init; }
}

/// <summary>The type of a key or value that is always null.</summary>
public sealed class Null
{
    private Null()
    {
    }
}
