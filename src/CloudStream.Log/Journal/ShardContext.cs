using CloudStream.Log.Flushes;
using CloudStream.Log.Health;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Journal;

/// <summary>What the parts of a shard share.</summary>
/// <param name="Number">The shard's number.</param>
/// <param name="Ring">Where its commits lie.</param>
/// <param name="Stores">The two primitives.</param>
/// <param name="Options">How the broker runs.</param>
/// <param name="Runtime">Time, randomness, logs.</param>
/// <param name="Metrics">The engine's instruments.</param>
/// <param name="Identity">This broker as a lease holder.</param>
/// <param name="Tail">Recent flushes of this process.</param>
/// <param name="Log">The shard's logger.</param>
internal sealed record ShardContext(
    int Number, JournalRing Ring, BrokerStores Stores, LogOptions Options, BrokerRuntime Runtime, LogMetrics Metrics,
    LeaseIdentity Identity, TailMemory Tail, ILogger Log)
{
    /// <summary>Hears of a defect that ended the shard's work in this process.</summary>
    public Action<Exception>? OnDefect { get; init; }

    /// <summary>Whether it is a coordinator shard, which holds groups and no partitions.</summary>
    public bool IsCoordinator { get; init; }

    /// <summary>What is wrong with the broker.</summary>
    public required Troubles Troubles { get; init; }

    /// <summary>What the known state is fit to answer.</summary>
    public CurrencyProofs Proofs { get; } = new();

    /// <summary>Up to how many bytes of records a flush is committed inline now.</summary>
    public int InlineMaxBytes =>
        (Options.InlineMaxBytes ?? Stores.Metadata.InlineMaxBytes) is > 0 and var most && Stores.Metadata.TakesRecords ? most : 0;

    /// <summary>
    /// Up to how many bytes of records the inline flushes of one commit have together, unless one alone has more: a slot is cheap to write
    /// while it is small.
    /// </summary>
    public int InlineBytesPerCommit => Math.Max(Options.InlineMaxBytes ?? Stores.Metadata.InlineMaxBytes, LeastBytesPerCommit);

    private const int LeastBytesPerCommit = 4096;

    /// <summary>The broker's clock, milliseconds since the epoch.</summary>
    public long NowMs => Runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
