using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Coordination;
using CloudStream.Cluster.Groups.Membership;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Cluster;
using CloudStream.Engine.Tests.Topics;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.Health;
using CloudStream.Log.Journal;
using CloudStream.Log.Memory;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Storage.Faults;
using CloudStream.Storage.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>
/// A broker as far as groups are concerned, with a real coordinator shard. A test says whether it knows that it lost the lease, and what
/// becomes of its calls about the shard's journal.
/// </summary>
internal sealed class GroupBroker : ICoordinators, IAsyncDisposable
{
    public const int ShardNumber = 3;

    public static readonly JournalRing Ring = new("test", 128);

    private readonly int _id;
    private bool _isHolding;

    public GroupBroker(TopicCluster cluster, MemoryObjectStore objects, int id, BrokerOptions options, bool holdsLeases)
    {
        (_id, HoldsLeases) = (id, holdsLeases);
        Store = new FaultyMetadataStore(new BillingStore(cluster.Store, Bill), (call, token) => JudgeAsync(call));
        Objects = new HookedObjectStore(objects);
        var runtime = FaultPoints.Runtime(cluster.Time, 1000 + id);
        var context = new ShardContext(
            ShardNumber, Ring, new BrokerStores(Objects, Store), options, runtime, new LogMetrics(runtime.Meter),
            new LeaseIdentity(Incarnation), new TailMemory(options.TailMemoryBytes), NullLogger.Instance)
        {
            Troubles = new Troubles(runtime, _ => null),
            IsCoordinator = true,
        };
        Shard = new Shard(context, new ByteBudget(options.MaxBufferedBytes));
        Shards = [Shard];
        var settings = GroupSettings.Of(options);
        Coordinator = new GroupCoordinator(this, cluster.NewCatalog(), DescribeAsync, settings, runtime);
        NewTable = () => new GroupTable(
            new GroupContext(ShardOf, EpochOf, settings, runtime, new GroupMetrics(runtime.Meter), NullLogger.Instance));
    }

    public GroupCoordinator Coordinator { get; }

    public Shard Shard { get; }

    public IReadOnlyList<Shard> Shards { get; }

    /// <summary>What its calls about registers cost.</summary>
    public Bill Bill { get; } = new();

    /// <summary>Makes a table of groups beside that of the coordinator.</summary>
    public Func<GroupTable> NewTable { get; }

    public FaultyMetadataStore Store { get; }

    public HookedObjectStore Objects { get; }

    /// <summary>Decides the fate of each call about the coordinator shard's journal.</summary>
    public Func<StoreOperation, StoreFault> Plan { get; set; } = _ => StoreFault.None;

    /// <summary>Awaited before each commit.</summary>
    public Func<Task> BeforePut { get; set; } = () => Task.CompletedTask;

    /// <summary>Commits so far.</summary>
    public int Puts { get; private set; }

    public long HighWatermark { get; set; } = 100;

    public bool HoldsLeases { get; }

    private string Incarnation => $"{_id}.x";

    /// <summary>Reads the journal and takes the lease until it is held under this epoch; 0: does not take it.</summary>
    public async Task OpenAsync(int epoch)
    {
        await Shard.LoadedAsync(GroupWorld.Token);
        await TakeAsync(epoch);
        if (HoldsLeases)
            Coordinator.StartUpkeep();
    }

    /// <summary>Takes the lease until it is held under this epoch; 0: does not take it.</summary>
    public async Task TakeAsync(int epoch)
    {
        _isHolding = HoldsLeases && epoch > 0;
        while (_isHolding && Shard.State.Epoch < epoch)
            await Shard.SubmitAsync(state => new HolderEntry(0, state.Epoch + 1, Incarnation), GroupWorld.Token);
    }

    /// <summary>From now on the broker knows that it does not hold the lease, whatever it has seen of the journal.</summary>
    public void StepDown() => _isHolding = false;

    public Shard ShardOf(string groupId) => Shard;

    public int EpochOf(Shard shard) => _isHolding && shard.State.Holder == Incarnation ? shard.State.Epoch : 0;

    public ValueTask<BrokerInfo?> FindAsync(string groupId, CancellationToken cancellationToken) =>
        new(!_isHolding ? null : new BrokerInfo(
            _id, Incarnation, System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty));

    public async ValueTask DisposeAsync()
    {
        await Coordinator.DisposeAsync();
        await Shard.DisposeAsync();
    }

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
        if (!call.Name.StartsWith(JournalRing.Prefix, StringComparison.Ordinal))
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
