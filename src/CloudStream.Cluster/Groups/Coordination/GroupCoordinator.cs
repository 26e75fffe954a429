using CloudStream.Cluster.Groups.Membership;
using CloudStream.Cluster.Groups.Offsets;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>
/// One broker's part in all groups: sends each call to where it belongs, which is the group in this broker's memory, the coordinator
/// shard's journal alone, or another broker. Partial files: this one is about members, Offsets and Listing about the rest. Thread-safe.
/// </summary>
internal sealed partial class GroupCoordinator : IGroups, IAsyncDisposable
{
    private readonly ICoordinators _coordinators;
    private readonly GroupSettings _settings;
    private readonly TimeProvider _time;
    private readonly OffsetPartitions _partitions;
    private readonly OffsetsAnywhere _anywhere;
    private readonly LagReader _lag;
    private readonly GroupTable _table;
    private readonly GroupMetrics _metrics;
    private readonly GroupUpkeep _upkeep;

    public GroupCoordinator(
        ICoordinators coordinators, TopicCatalog topics, DescribePartitions describe, GroupSettings settings, BrokerRuntime runtime)
    {
        (_coordinators, _settings, _time) = (coordinators, settings, runtime.Time);
        var log = runtime.Loggers.CreateLogger<Group>();
        _partitions = new OffsetPartitions(topics, settings, runtime);
        _anywhere = new OffsetsAnywhere(coordinators.ShardOf, _partitions, runtime.Time);
        _lag = new LagReader(topics, describe);
        _metrics = new GroupMetrics(runtime.Meter);
        _table = new GroupTable(new GroupContext(coordinators.ShardOf, coordinators.EpochOf, settings, runtime, _metrics, log));
        _metrics.Observe(() => _table.Loaded);
        _upkeep = new GroupUpkeep(coordinators, topics, _table, settings, runtime, log);
    }

    /// <summary>Begins to look after groups that nobody asks for. Not needed on a broker without leases.</summary>
    public void StartUpkeep() => _upkeep.Start();

    /// <summary>Takes no more calls about members and writes what was accepted; members are told to look for another coordinator.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await _upkeep.DisposeAsync();
        await _table.DrainAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await DrainAsync(new CancellationToken(canceled: true));

    /// <inheritdoc/>
    public async ValueTask<CoordinatorResult> FindCoordinatorAsync(string groupId, CancellationToken cancellationToken)
    {
        if (!GroupNames.IsValid(groupId))
            return new CoordinatorResult(GroupError.InvalidGroupId);
        try
        {
            var broker = await _coordinators.FindAsync(groupId, cancellationToken);
            return new CoordinatorResult(broker is null ? GroupError.CoordinatorNotAvailable : GroupError.None, broker);
        }
        catch (StoreException)
        {
            return new CoordinatorResult(GroupError.CoordinatorNotAvailable);
        }
    }

    /// <inheritdoc/>
    public ValueTask<JoinGroupResult> JoinAsync(JoinGroupRequest request, CancellationToken cancellationToken)
    {
        var refusal = TryCoordinate(request.GroupId, out var epoch);
        if (refusal == GroupError.None
            && (request.SessionTimeout < _settings.MinSessionTimeout || request.SessionTimeout > _settings.MaxSessionTimeout))
            refusal = GroupError.InvalidSessionTimeout;
        if (refusal != GroupError.None)
            return new(JoinGroupResult.Failed(refusal, request.MemberId));
        var own = request with
        {
            RebalanceTimeout = TimeSpan.FromMilliseconds(Math.Clamp(request.RebalanceTimeout.TotalMilliseconds, 0, int.MaxValue)),
            Protocols = [.. request.Protocols.Select(p => p with { Metadata = p.Metadata.ToArray() })],
        };
        return _table.CallAsync(
            request.GroupId, epoch, () => new GroupWork<JoinGroupResult>(
                (group, reply) => group.Join(own, reply), e => JoinGroupResult.Failed(e, own.MemberId)), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<SyncGroupResult> SyncAsync(SyncGroupRequest request, CancellationToken cancellationToken)
    {
        if (TryCoordinate(request.GroupId, out var epoch) is var refusal and not GroupError.None)
            return new(new SyncGroupResult(refusal));
        var own = request with
        {
            Assignments = request.Assignments.ToDictionary(a => a.Key, a => (ReadOnlyMemory<byte>)a.Value.ToArray(), StringComparer.Ordinal)
        };
        return _table.CallAsync(
            request.GroupId, epoch, () => new GroupWork<SyncGroupResult>(
                (group, reply) => group.Sync(own, reply), static e => new SyncGroupResult(e)), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<GroupError> HeartbeatAsync(HeartbeatRequest request, CancellationToken cancellationToken)
    {
        if (TryCoordinate(request.GroupId, out var epoch) is var refusal and not GroupError.None)
            return new(refusal);
        return _table.CallAsync(
            request.GroupId, epoch, () => new GroupWork<GroupError>((group, reply) => group.Heartbeat(request, reply), static e => e)
            {
                WaitsForSettled = false
            }, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<LeaveGroupResult> LeaveAsync(LeaveGroupRequest request, CancellationToken cancellationToken)
    {
        if (TryCoordinate(request.GroupId, out var epoch) is var refusal and not GroupError.None)
            return new(new LeaveGroupResult(refusal, []));
        return _table.CallAsync(
            request.GroupId, epoch, () => new GroupWork<LeaveGroupResult>(
                (group, reply) => group.Leave(request, reply), static e => new LeaveGroupResult(e, [])), cancellationToken);
    }

    // Kafka lets offsets be committed to a group without a name, but nobody can join it or take offsets away.
    private static bool IsName(string groupId) => groupId.Length > 0 && GroupNames.IsValid(groupId);

    private int EpochOf(string groupId) => _coordinators.EpochOf(_coordinators.ShardOf(groupId));

    private GroupError TryCoordinate(string groupId, out int epoch)
    {
        epoch = 0;
        if (!IsName(groupId))
            return GroupError.InvalidGroupId;
        if (!_coordinators.HoldsLeases)
            return GroupError.CoordinatorNotAvailable;
        epoch = EpochOf(groupId);
        return epoch == 0 ? GroupError.NotCoordinator : GroupError.None;
    }
}
