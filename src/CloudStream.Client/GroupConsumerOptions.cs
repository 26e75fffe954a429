namespace CloudStream.Client;

/// <summary>
/// Something to be done when partitions come to a consumer or go from it. It runs while records are asked for, never beside the processing
/// of one.
/// </summary>
/// <param name="partitions">The partitions, with the offsets at which reading begins, or would have gone on.</param>
/// <param name="cancellationToken">The consumer's caller gives up.</param>
public delegate ValueTask PartitionsHandler(IReadOnlyList<TopicPartitionOffset> partitions, CancellationToken cancellationToken);

/// <summary>
/// How a member of a consumer group behaves. Plain data; checked when the consumer is made. Kafka's names and defaults where there are
/// such.
/// </summary>
public sealed class GroupConsumerOptions
{
    private const string CooperativeSticky = "cooperative-sticky";

    /// <summary>
    /// Where to begin in a partition for which the group has no offset, or one that is not in the log. Default: at the end.
    /// </summary>
    public AutoOffsetReset AutoOffsetReset { get; set; } = AutoOffsetReset.Latest;

    /// <summary>
    /// Whether what is processed is committed every <see cref="AutoCommitInterval"/>, before a rebalance and when the consumer is disposed.
    /// Default true.
    /// </summary>
    public bool EnableAutoCommit { get; set; } = true;

    /// <summary>How often. Default 5 s.</summary>
    public TimeSpan AutoCommitInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether a record counts as processed as soon as the next one is asked for. Default true; otherwise only what
    /// <see cref="GroupConsumer.StoreOffset"/> says is committed automatically.
    /// </summary>
    public bool EnableAutoOffsetStore { get; set; } = true;

    /// <summary>A member that the coordinator does not hear of for longer is thrown out. Default 45 s.</summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How often it hears of the member at least. Default 3 s; less than the session timeout.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A consumer that does not ask for records for longer leaves the group; the rebalance timeout, too. Default 5 minutes.
    /// </summary>
    public TimeSpan MaxPollInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A lasting name of its own makes the consumer a static member: it keeps its partitions over a restart that is shorter than the
    /// session timeout. Default: none.
    /// </summary>
    public string? GroupInstanceId { get; set; }

    /// <summary>What descriptions of the group call it. Default <c>cloudstream-dotnet</c>.</summary>
    public string ClientId { get; set; } = "cloudstream-dotnet";

    /// <summary>
    /// Assignors that it offers, the preferred one first. Default: all that the broker has (<c>range</c>, <c>roundrobin</c>,
    /// <c>cooperative-sticky</c>). With <c>cooperative-sticky</c> alone the consumer reads on while its group rebalances, and only
    /// partitions that come or go are assigned or revoked (KIP-429); otherwise everything is revoked before and assigned after it.
    /// </summary>
    public IReadOnlyList<string>? PartitionAssignmentStrategy { get; set; }

    /// <summary>
    /// How partitions are read. Its <see cref="ConsumerOptions.AutoOffsetReset"/> is taken from here; with
    /// <see cref="ConsumerOptions.StopAtEnd"/> reading ends where the assigned partitions ended when they were assigned; a cooperative
    /// consumer that joins others may have to wait for its first partitions, and would end before they come.
    /// </summary>
    public ConsumerOptions Reading { get; set; } = new();

    /// <summary>
    /// Partitions were assigned; reading begins after it. Of a cooperative consumer those that came in addition, if any did.
    /// </summary>
    public PartitionsHandler? PartitionsAssigned { get; set; }

    /// <summary>Partitions are about to go: what is processed can still be committed.</summary>
    public PartitionsHandler? PartitionsRevoked { get; set; }

    /// <summary>
    /// Partitions have gone, and may be somebody else's: nothing can be committed any more. Default: <see cref="PartitionsRevoked"/>.
    /// </summary>
    public PartitionsHandler? PartitionsLost { get; set; }

    /// <summary>Whether partitions are kept while the group rebalances.</summary>
    internal bool IsCooperative => PartitionAssignmentStrategy is { Count: > 0 } names && names.All(name => name == CooperativeSticky);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AutoCommitInterval, TimeSpan.Zero, nameof(AutoCommitInterval));
        ArgumentOutOfRangeException.ThrowIfLessThan(HeartbeatInterval, TimeSpan.FromMilliseconds(1), nameof(HeartbeatInterval));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(HeartbeatInterval, TimeSpan.FromSeconds(60), nameof(HeartbeatInterval));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(SessionTimeout, HeartbeatInterval, nameof(SessionTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPollInterval, TimeSpan.FromMilliseconds(1), nameof(MaxPollInterval));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxPollInterval, TimeSpan.FromHours(24), nameof(MaxPollInterval));
        Reading.AutoOffsetReset = AutoOffsetReset;
        Reading.Validate();
    }
}
