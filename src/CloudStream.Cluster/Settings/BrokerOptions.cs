using CloudStream.Log.Options;

namespace CloudStream.Cluster.Settings;

/// <summary>How one broker runs. Plain data; <see cref="Validate"/> is called at start.</summary>
public sealed class BrokerOptions : LogOptions
{
    /// <summary>Broker id, 0 or more, unique among live brokers of a cluster. -1: the broker picks a free one.</summary>
    public int BrokerId { get; set; } = -1;

    /// <summary>Shards of a new cluster that hold partitions, 1 to 1,024; fixed at the cluster's first start.</summary>
    public int Shards { get; set; } = 4;

    /// <summary>Shards of a new cluster that hold groups; only the simulation changes it.</summary>
    internal int CoordinatorShards { get; set; } = 1;

    /// <summary>Bytes that all shards together may hold between producer and commit.</summary>
    public long MaxBufferedBytes { get; set; } = 128L * 1024 * 1024;

    /// <summary>Bytes of recent flushes kept in memory for tail readers.</summary>
    public long TailMemoryBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// Bytes that requests of all clients together may hold while they are received; past it connections are not read until it is their
    /// turn. A larger request gets through alone.
    /// </summary>
    public long MaxReceiveBytes { get; set; } = 128L * 1024 * 1024;

    /// <summary>Bytes that answers to all clients together may hold until they are sent; past it fetches wait for their turn.</summary>
    public long MaxSendBytes { get; set; } = 128L * 1024 * 1024;

    /// <summary>Whether this broker takes leases and runs upkeep. A function does not.</summary>
    public bool HoldLeases { get; set; } = true;

    /// <summary>Broker-wide defaults under Kafka's names (<c>--set</c>); see <see cref="BrokerSettings"/>.</summary>
    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    private BrokerValues _atRunTime = BrokerValues.None;

    /// <summary>What was altered while the cluster runs; goes before <see cref="Settings"/>.</summary>
    internal BrokerValues AtRunTime
    {
        get => Volatile.Read(ref _atRunTime);
        set => Volatile.Write(ref _atRunTime, value);
    }

    /// <summary>The addresses that clients reach this broker at, by face (<c>http</c>, <c>kafka</c>).</summary>
    public Dictionary<string, string> Endpoints { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(BrokerId is >= -1, nameof(BrokerId), BrokerId, "at least -1");
        Require(Shards is >= 1 and <= 1024, nameof(Shards), Shards, "1 to 1024");
        base.Validate();
        Require(MaxBufferedBytes >= MaxBufferedBytesPerShard, nameof(MaxBufferedBytes), MaxBufferedBytes,
            "at least MaxBufferedBytesPerShard");
        Require(MaxReceiveBytes >= 1024 * 1024, nameof(MaxReceiveBytes), MaxReceiveBytes, "at least 1 MiB");
        Require(MaxSendBytes >= 1024 * 1024, nameof(MaxSendBytes), MaxSendBytes, "at least 1 MiB");
    }
}
