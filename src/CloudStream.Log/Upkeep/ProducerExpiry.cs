using CloudStream.Log.Entries;
using CloudStream.Log.Runtime;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Forgets idle producers (Kafka: <c>producer.id.expiration.ms</c>), so that their state is bounded. Used by one tick at a time.
/// </summary>
internal sealed class ProducerExpiry(IUpkeepShard shard, BrokerRuntime runtime, TimeSpan expiration)
{
    // Looking walks over all producers, and a producer need not go on the minute.
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(10);

    private readonly ILogger _log = runtime.Loggers.CreateLogger<ProducerExpiry>();
    private long _lookedAt = long.MinValue;

    /// <summary>Looks, if it is time to.</summary>
    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        var pause = expiration / 8 < s_longestPause ? expiration / 8 : s_longestPause;
        if (_lookedAt != long.MinValue && runtime.Time.GetElapsedTime(_lookedAt) < pause)
            return;
        _lookedAt = runtime.Time.GetTimestamp();
        var nowMs = runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var beforeMs = nowMs - (long)expiration.TotalMilliseconds;
        var idle = shard.State.Partitions.Values.Sum(p => p.Producers.Values.Count(q => q.LastMs < beforeMs));
        if (idle == 0)
            return;
        var outcome = await shard.SubmitAsync(_ => new ProducersExpiredEntry(nowMs, beforeMs), cancellationToken);
        UpkeepLog.ProducersExpired(_log, shard.Number, idle, outcome.Result);
    }
}
