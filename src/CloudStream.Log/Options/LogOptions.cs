using CloudStream.Log.Groups;

namespace CloudStream.Log.Options;

/// <summary>How the log of each shard runs in one process. Plain data; <see cref="Validate"/> is called at start.</summary>
public class LogOptions
{
    /// <summary>
    /// Least time between two flushes of one shard; the first record after a quiet spell is flushed at once. 250 ms suits S3, a few ms a
    /// local folder.
    /// </summary>
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Least time between two flushes of one append each, the second sealed when the first is committed: what a lone producer that waits
    /// for each acknowledgement sees. Every such flush is an object and a commit. Null: 1 ms where the flush interval is at most 10 ms (a
    /// local folder), otherwise the flush interval (a store that bills requests).
    /// </summary>
    public TimeSpan? LoneFlushInterval { get; set; }

    /// <summary>
    /// Least time between two commits of groups' offsets of one coordinator shard; the first after a quiet spell goes at once, and
    /// generations do not wait. Null: none where the flush interval is at most 10 ms (a local folder), otherwise 250 ms (a store that
    /// bills requests).
    /// </summary>
    public TimeSpan? GroupCommitInterval { get; set; }

    /// <summary>A flush is sealed early when it holds this many bytes.</summary>
    public int FlushBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// A flush of at most so many bytes of records needs no object: its commit's slot holds them, until the next checkpoint spills them
    /// into one. 0 to <see cref="MostInlineBytes"/>; 0: never. Null: what the metadata store says is best there.
    /// </summary>
    public int? InlineMaxBytes { get; set; }

    /// <summary>The most that <see cref="InlineMaxBytes"/> may be.</summary>
    public const int MostInlineBytes = 64 * 1024;

    /// <summary>Uploads of one shard that may be in flight.</summary>
    public int MaxUploadsInFlight { get; set; } = 4;

    /// <summary>Bytes that a shard may hold between the producer and the commit; past it producers wait, then get Overloaded.</summary>
    public long MaxBufferedBytesPerShard { get; set; } = 64L * 1024 * 1024;

    /// <summary>How long a producer waits for room before it is told Overloaded.</summary>
    public TimeSpan MaxBufferWait { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an append may take until the outcome is reported as unknown.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of the cache of what was read from the object store.</summary>
    public long CacheBytes { get; set; } = 96L * 1024 * 1024;

    /// <summary>Reads of history from the object store that may be in flight; tail readers do not queue behind them.</summary>
    public int MaxHistoryReads { get; set; } = 8;

    /// <summary>How long a broker must be silent before its shards are taken.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of memory that decompressing on this broker may take at once; past it who wants to decompress waits.</summary>
    public long MaxDecodeBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How often merge and trash are looked after, and retention where it is due.</summary>
    public TimeSpan UpkeepInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How often a shard is searched for records that are too old or too many (Kafka: log.retention.check.interval.ms); no more often than
    /// <see cref="UpkeepInterval"/>. The first time is when this broker first holds the shard.
    /// </summary>
    public TimeSpan RetentionCheckInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often orphaned objects are looked for.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a replaced object stays for readers that still know it.</summary>
    public TimeSpan TrashGrace { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>When slices are final and pages are written; only the simulation changes it.</summary>
    internal IndexSizes IndexSizes { get; set; } = IndexSizes.Default;

    /// <summary>The size of each shard's ring of a cluster that is formed; only the simulation changes it.</summary>
    internal int JournalSlots { get; set; } = JournalRing.DefaultSlots;

    /// <summary>Puts a fault into the rules of the ring; only the simulation does, to see that it is caught.</summary>
    internal Func<JournalRing, JournalRing> AlterRing { get; set; } = static ring => ring;

    /// <summary>An idle producer's sequence state is dropped after this (Kafka: producer.id.expiration.ms).</summary>
    public TimeSpan ProducerIdExpiration { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// What groups may take in a slot, so that it stays within 4 KiB: beyond that an object costs less. Only the simulation changes it.
    /// </summary>
    internal int MaxInlineGroupBytes { get; set; } = 3840;

    /// <summary>How decisions about groups go together with their state; only the simulation changes it.</summary>
    internal GroupRules GroupRules { get; set; } = GroupRules.Default;

    internal TimeSpan EffectiveGroupCommitInterval =>
        GroupCommitInterval ?? (FlushInterval <= TimeSpan.FromMilliseconds(10) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(250));

    internal TimeSpan EffectiveLoneFlushInterval
    {
        get
        {
            var wanted = LoneFlushInterval
                ?? (FlushInterval <= TimeSpan.FromMilliseconds(10) ? TimeSpan.FromMilliseconds(1) : FlushInterval);
            return wanted < FlushInterval ? wanted : FlushInterval;
        }
    }

    /// <summary>Checks ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it, the value and the limit.</exception>
    public virtual void Validate()
    {
        Require(FlushInterval >= TimeSpan.Zero && FlushInterval <= TimeSpan.FromMinutes(1), nameof(FlushInterval), FlushInterval,
            "0 to 1 minute");
        Require(LoneFlushInterval is null || (LoneFlushInterval >= TimeSpan.Zero && LoneFlushInterval <= TimeSpan.FromMinutes(1)),
            nameof(LoneFlushInterval), LoneFlushInterval!, "0 to 1 minute");
        Require(GroupCommitInterval is null || (GroupCommitInterval >= TimeSpan.Zero && GroupCommitInterval <= TimeSpan.FromMinutes(1)),
            nameof(GroupCommitInterval), GroupCommitInterval!, "0 to 1 minute");
        Require(FlushBytes is >= 4096 and <= 256 * 1024 * 1024, nameof(FlushBytes), FlushBytes, "4 KiB to 256 MiB");
        Require(InlineMaxBytes is null or (>= 0 and <= MostInlineBytes), nameof(InlineMaxBytes), InlineMaxBytes!, "0 to 64 KiB");
        Require(MaxUploadsInFlight is >= 1 and <= 64, nameof(MaxUploadsInFlight), MaxUploadsInFlight, "1 to 64");
        Require(MaxBufferedBytesPerShard >= 2L * FlushBytes, nameof(MaxBufferedBytesPerShard), MaxBufferedBytesPerShard,
            "at least twice FlushBytes");
        Require(MaxDecodeBytes >= 65536, nameof(MaxDecodeBytes), MaxDecodeBytes, "at least 64 KiB");
        Require(MaxHistoryReads is >= 1 and <= 1024, nameof(MaxHistoryReads), MaxHistoryReads, "1 to 1024");
        Require(Lease >= TimeSpan.FromMilliseconds(500), nameof(Lease), Lease, "at least 500 ms");
        Require(UpkeepInterval > TimeSpan.Zero, nameof(UpkeepInterval), UpkeepInterval, "more than 0");
        Require(RetentionCheckInterval > TimeSpan.Zero, nameof(RetentionCheckInterval), RetentionCheckInterval, "more than 0");
        Require(SweepInterval > TimeSpan.Zero, nameof(SweepInterval), SweepInterval, "more than 0");
    }

    private protected static void Require(bool holds, string name, object value, string limit)
    {
        if (!holds)
            throw new ArgumentException($"{name} is {value}; it must be {limit}.", name);
    }
}
