namespace CloudStream.Client;

/// <summary>What a consumer does when the offset it wants is no longer, or not yet, in the log.</summary>
public enum AutoOffsetReset
{
    /// <summary>
    /// The reading fails with <see cref="ErrorCode.OffsetOutOfRange"/>: records may have been lost, and somebody should know.
    /// </summary>
    Error,

    /// <summary>Reading goes on at the beginning of the log.</summary>
    Earliest,

    /// <summary>Reading goes on at the end of the log.</summary>
    Latest,
}

/// <summary>How a consumer reads. Plain data; checked when the consumer is made.</summary>
public sealed class ConsumerOptions
{
    /// <summary>What to do when an offset is out of range. Default: fail.</summary>
    public AutoOffsetReset AutoOffsetReset { get; set; } = AutoOffsetReset.Error;

    /// <summary>
    /// Whether reading ends at the end that each partition had when the reading of it began. Default false: it waits for more.
    /// </summary>
    public bool StopAtEnd { get; set; }

    /// <summary>
    /// Bytes of one fetch. Default 4 MiB, 1 KiB to 64 MiB. A batch that is larger comes whole. With many partitions fetches are smaller.
    /// </summary>
    public int FetchBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Bytes that the broker waits for before it answers. Default 1.</summary>
    public int FetchMinBytes { get; set; } = 1;

    /// <summary>How long the broker waits for them. Default 5 s, at most 60 s.</summary>
    public TimeSpan FetchWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes per partition that are read ahead of the consumption. Default 16 MiB; at least one fetch is always ahead.</summary>
    public int PrefetchBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Bytes that all partitions together are read ahead, give or take the fetches on their way. Default 64 MiB.</summary>
    public long BufferBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>Whether batches are compared with their checksums. Default true.</summary>
    public bool VerifyCrc { get; set; } = true;

    /// <summary>
    /// How long a partition's fetches may fail in a row, retriably, until reading fails. Default infinite: it waits for the broker.
    /// </summary>
    public TimeSpan RetryTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(FetchBytes, 1024, nameof(FetchBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FetchBytes, 64 * 1024 * 1024, nameof(FetchBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(FetchMinBytes, 0, nameof(FetchMinBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FetchMinBytes, FetchBytes, nameof(FetchMinBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(FetchWait, TimeSpan.Zero, nameof(FetchWait));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FetchWait, TimeSpan.FromSeconds(60), nameof(FetchWait));
        ArgumentOutOfRangeException.ThrowIfLessThan(PrefetchBytes, 1, nameof(PrefetchBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferBytes, 1, nameof(BufferBytes));
        if (RetryTimeout < TimeSpan.Zero && RetryTimeout != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(RetryTimeout), RetryTimeout, "It must be 0 or more, or infinite.");
    }
}
