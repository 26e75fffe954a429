namespace CloudStream.Log.Upkeep;

/// <summary>How long a topic keeps its records.</summary>
/// <param name="RetentionMs">Kafka's <c>retention.ms</c>: milliseconds after a record's timestamp; -1 for ever.</param>
/// <param name="RetentionBytes">Kafka's <c>retention.bytes</c>: bytes of each partition's log; -1 for no limit.</param>
internal readonly record struct RetentionPolicy(long RetentionMs, long RetentionBytes);
