using CloudStream.Records.Compression;

namespace CloudStream.Client;

/// <summary>How a producer batches, sends and retries. Plain data; checked when the producer is made.</summary>
public sealed class ProducerOptions
{
    /// <summary>How long the first record of a batch waits for company. Default 5 ms; 0 sends at once.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Bytes at which a batch is full, before compression; at most the topic's <c>max.message.bytes</c>, which wins. Default 1 MiB, 1 KiB
    /// to 64 MiB.
    /// </summary>
    public int BatchBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Batches of one partition that may be on their way. Default 5, 1 to 5; without idempotence it is 1, because retries would change the
    /// order.
    /// </summary>
    public int MaxInFlight { get; set; } = 5;

    /// <summary>How batches are compressed. Default none.</summary>
    public CompressionType Compression { get; set; } = CompressionType.None;

    /// <summary>The codec's own scale; null is its default.</summary>
    public int? CompressionLevel { get; set; }

    /// <summary>
    /// Whether the broker recognises batches that are sent again, so that retries neither duplicate nor reorder. Default true.
    /// </summary>
    public bool EnableIdempotence { get; set; } = true;

    /// <summary>
    /// Without idempotence only: send a batch again although it may be in the log already. Default false: its records fail with
    /// <see cref="CloudStreamException.MayHaveHappened"/>.
    /// </summary>
    public bool AllowDuplicates { get; set; }

    /// <summary>
    /// How long a record may wait for its acknowledgement, counted from the call: whatever it waits for (the topic's partitions, room in
    /// the buffer, a connection, an answer, the pause before a retry), it fails then with <see cref="ErrorCode.DeliveryTimedOut"/>.
    /// Default 2 minutes.
    /// </summary>
    public TimeSpan DeliveryTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long disposing the producer waits for what is not acknowledged yet; what is left then fails with
    /// <see cref="ErrorCode.Closed"/>, and disposing says so. Default 5 s, so that a program ends while the broker is away; 0 gives up at
    /// once, an infinite one waits for the delivery timeout. <see cref="Producer.FlushAsync"/> beforehand waits longer.
    /// </summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of records that are not acknowledged yet; past it the producer's methods wait. Default 64 MiB.</summary>
    public long BufferBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>Chooses partitions. Default: Kafka's.</summary>
    public IPartitioner Partitioner { get; set; } = KafkaPartitioner.Instance;

    /// <summary>
    /// Whether a topic that does not exist is asked to be created; the broker decides by <c>auto.create.topics.enable</c>. Default true.
    /// </summary>
    public bool AllowAutoCreateTopics { get; set; } = true;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Linger, TimeSpan.Zero, nameof(Linger));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Linger, TimeSpan.FromMinutes(1), nameof(Linger));
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchBytes, 1024, nameof(BatchBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BatchBytes, 64 * 1024 * 1024, nameof(BatchBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxInFlight, 1, nameof(MaxInFlight));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxInFlight, 5, nameof(MaxInFlight));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)Compression, (int)CompressionType.Zstd, nameof(Compression));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(DeliveryTimeout, Linger, nameof(DeliveryTimeout));
        if (CloseTimeout != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThan(CloseTimeout, TimeSpan.Zero, nameof(CloseTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferBytes, BatchBytes, nameof(BufferBytes));
        ArgumentNullException.ThrowIfNull(Partitioner, nameof(Partitioner));
    }
}
