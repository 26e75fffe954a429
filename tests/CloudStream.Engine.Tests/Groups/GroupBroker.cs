using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Coordination;
using CloudStream.Cluster.Groups.Membership;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Cluster.Registers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Cluster;
using CloudStream.Engine.Tests.Topics;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Faults;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>
/// A broker as far as groups are concerned. A test says which epoch it believes to hold, and what becomes of its calls to group registers.
/// </summary>
internal sealed class GroupBroker : ICoordinators
{
    private readonly int _id;
    private GroupClaim? _claim;

    public GroupBroker(TopicCluster cluster, int id, BrokerOptions options, bool holdsLeases)
    {
        (_id, HoldsLeases) = (id, holdsLeases);
        Store = new FaultyMetadataStore(cluster.Store, (call, token) => JudgeAsync(call));
        var runtime = FaultPoints.Runtime(cluster.Time, 1000 + id);
        var registers = new SettledRegisters(Store, runtime, new LogMetrics(runtime.Meter));
        Coordinator = new GroupCoordinator(this, cluster.NewCatalog(), DescribeAsync, registers, GroupSettings.Of(options), runtime);
        NewTable = () => new GroupTable(
            new GroupContext(new GroupRegisters(registers, runtime.Random), GroupSettings.Of(options), runtime, OwnClaim,
                new GroupMetrics(runtime.Meter), NullLogger.Instance));
        if (holdsLeases)
            Coordinator.StartUpkeep();
    }

    public GroupCoordinator Coordinator { get; }

    /// <summary>Makes a table of groups beside that of the coordinator.</summary>
    public Func<GroupTable> NewTable { get; }

    public FaultyMetadataStore Store { get; }

    /// <summary>Decides the fate of each call about a group's register.</summary>
    public Func<StoreOperation, StoreFault> Plan { get; set; } = _ => StoreFault.None;

    /// <summary>Awaited before each write of a group's register.</summary>
    public Func<Task> BeforePut { get; set; } = () => Task.CompletedTask;

    /// <summary>Writes of group registers so far.</summary>
    public int Puts { get; private set; }

    public long HighWatermark { get; set; } = 100;

    public bool HoldsLeases { get; }

    public int Signature => _claim?.Epoch ?? 0;

    /// <summary>From now on the broker believes to hold the lease of every group's shard in this epoch; 0: of none.</summary>
    public void Hold(int epoch) => _claim = epoch == 0 || !HoldsLeases ? null : new GroupClaim(epoch, $"{_id}.x");

    public GroupClaim? OwnClaim(string groupId) => _claim;

    public ValueTask<BrokerInfo?> FindAsync(string groupId, CancellationToken cancellationToken) =>
        new(_claim is null ? null : new BrokerInfo(
            _id, $"{_id}.x", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty));

    public Task<JoinGroupResult> JoinAsync(JoinGroupRequest request) => Coordinator.JoinAsync(request, GroupWorld.Token).AsTask();

    public Task<SyncGroupResult> SyncAsync(
        string memberId, int generation, string? instance = null, params (string Member, string Part)[] parts) => Coordinator.SyncAsync(
            new SyncGroupRequest
            {
                GroupId = "g",
                MemberId = memberId,
                GenerationId = generation,
                GroupInstanceId = instance,
                Assignments = parts.ToDictionary(p => p.Member, p => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes(p.Part)),
            },
            GroupWorld.Token).AsTask();

    public Task<GroupError> HeartbeatAsync(string memberId, int generation, string? instance = null) =>
        Coordinator.HeartbeatAsync(new HeartbeatRequest("g", generation, memberId, instance), GroupWorld.Token).AsTask();

    public Task<LeaveGroupResult> LeaveAsync(params LeavingMember[] members) =>
        Coordinator.LeaveAsync(new LeaveGroupRequest("g", members), GroupWorld.Token).AsTask();

    /// <summary>Commits one offset and gives back what became of it.</summary>
    public async Task<GroupError> CommitAsync(CommitOffsetsRequest request)
    {
        var result = await Coordinator.CommitOffsetsAsync(request, GroupWorld.Token);
        return result.Partitions[0];
    }

    /// <summary>The committed offset of a partition of topic t.</summary>
    public async Task<long> OffsetAsync(int partition = 0, string group = "g")
    {
        var result = await Coordinator.FetchOffsetsAsync(
            new FetchOffsetsRequest { GroupId = group, Partitions = [new TopicPartition("t", partition)] }, GroupWorld.Token);
        Assert.Equal(GroupError.None, result.Error);
        return result.Offsets[0].Offset;
    }

    public Task<GroupDescription> DescribeAsync() => Coordinator.DescribeAsync("g", anywhere: false, GroupWorld.Token).AsTask();

    /// <summary>A dynamic member joins: it is given an id, comes back with it, and waits for its generation.</summary>
    public async Task<(string Id, Task<JoinGroupResult> Joined)> EnterAsync(JoinGroupRequest? request = null)
    {
        request ??= GroupWorld.Join();
        var given = await JoinAsync(request);
        Assert.Equal(GroupError.MemberIdRequired, given.Error);
        var joined = JoinAsync(request with { MemberId = given.MemberId });
        await GroupWorld.IdleAsync();
        return (given.MemberId, joined);
    }

    /// <summary>A group of one member, in its first generation and with its assignment.</summary>
    public async Task<string> SettleOneAsync(JoinGroupRequest? request = null)
    {
        var (id, joining) = await EnterAsync(request);
        var joined = await joining;
        Assert.Equal((GroupError.None, id), (joined.Error, joined.LeaderId));
        Assert.Equal(GroupError.None, (await SyncAsync(id, joined.GenerationId, null, (id, "all"))).Error);
        return id;
    }

    private async ValueTask<StoreFault> JudgeAsync(StoreCall call)
    {
        if (!call.Name.StartsWith("groups/", StringComparison.Ordinal))
            return StoreFault.None;
        if (call.Operation == StoreOperation.Put)
        {
            Puts++;
            await BeforePut();
        }

        return Plan(call.Operation);
    }

    private ValueTask<IReadOnlyList<PartitionInfo>> DescribeAsync(TopicInfo topic, CancellationToken cancellationToken) =>
        new([.. Enumerable.Range(0, topic.PartitionCount).Select(i => new PartitionInfo(i, 0, 0, 1, 0, HighWatermark, 0, []))]);
}
