using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Topics;
using CloudStream.Simulation.Tests.Brokers;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>
/// A consumer as real ones are: joins, leads if it is told to, syncs, beats, processes its partitions from the committed offsets, and
/// commits after that. Partial: this is membership.
/// </summary>
internal sealed partial class GroupMember : GroupClient
{
    private static readonly TimeSpan s_session = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan s_rebalance = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(1.5);

    private readonly string? _instanceId;
    private readonly bool _skips;
    private readonly string[] _assignors;
    private readonly bool _isCooperative;
    private string _memberId = "";
    private bool _isFenced;
    private bool _mustJoin;
    private long _nextBeat;

    public GroupMember(World world, string name, string? instanceId)
        : base(world, name)
    {
        _instanceId = instanceId;
        _skips = Random.Next(2) == 0;
        _isCooperative = world.Scenario.Groups!.Cooperative;
        string[] eager = Random.Next(2) == 0 ? ["range", "roundrobin"] : ["roundrobin", "range"];
        _assignors = _isCooperative ? ["cooperative-sticky"] : eager;
    }

    public string? InstanceId => _instanceId;

    public string MemberId => _memberId;

    public int Generation { get; private set; } = -1;

    /// <summary>Whether it knows its partitions and reads them.</summary>
    public bool IsStable { get; private set; }

    /// <summary>Whether it is to go, or is going.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Whether another life of the same static member was started while this one slept.</summary>
    public bool IsReplaced { get; set; }

    public bool IsAlive => !Actor.IsDead;

    public bool IsPaused => Actor.IsPaused && !Actor.IsDead;

    public void Kill() => Actor.Kill();

    public void Pause() => Actor.Pause();

    public void Resume()
    {
        World.Scheduler.Trace.Event(World.Scheduler.Now, Name, "wakes up", "", "");
        Actor.Resume();
    }

    public override string ToString() =>
        $"{Name} '{_memberId}' generation {Generation}{(IsStable ? " stable" : "")}{(IsPaused ? " paused" : "")} "
            + $"owns {string.Join(' ', _positions.Select(p => $"p{p.Key}@{p.Value}/{CommittedOf(p.Key)}"))}";

    private GroupIdentity Identity => new(_memberId, _instanceId, Generation);

    protected override async Task RunAsync()
    {
        while (!IsLeaving && !_isFenced)
        {
            if (await EnterAsync())
                await ConsumeAsync();
            else
                await DelayAsync(TimeSpan.FromMilliseconds(20 + Random.Next(200)));
        }

        if (!_isFenced && _memberId.Length > 0)
            await AskCoordinatorAsync(SimulatedGroups.Workers,
                (g, cancel) => g.LeaveAsync(new LeaveGroupRequest(SimulatedGroups.Workers, [new LeavingMember(_memberId, _instanceId)]),
                    cancel), Patience);
    }

    // One try to be in a generation, with partitions and the offsets to begin at.
    private async Task<bool> EnterAsync()
    {
        var former = Identity;
        var joining = JoinAsync();
        while (_isCooperative && !joining.IsCompleted && _positions.Count > 0)
            await ConsumeOnceAsync();
        if (await joining is not { } joined)
            return false;
        if (former.Generation >= 0 && _positions.Count > 0 && Random.Next(4) == 0)
            // It had been under way for long.
            _ = Watched(CommitAsync(SimulatedGroups.Workers, new Dictionary<int, long>(_positions), former));
        if (await SyncAsync(joined) is not { } partitions)
            return false;
        (_mustJoin, _nextBeat) = (false, World.Scheduler.Now + s_heartbeat.Ticks);
        return await BeginAsync(partitions);
    }

    private async Task<JoinGroupResult?> JoinAsync()
    {
        var invoked = History.Now;
        int[] kept = _isCooperative ? [.. _positions.Keys.Order()] : [];
        var request = new JoinGroupRequest
        {
            GroupId = SimulatedGroups.Workers,
            MemberId = _memberId,
            GroupInstanceId = _instanceId,
            SupportsSkippingAssignment = _skips,
            ClientId = Name,
            SessionTimeout = s_session,
            RebalanceTimeout = s_rebalance,
            ProtocolType = ConsumerProtocol.ProtocolType,
            Protocols = Protocols(kept),
        };
        var (outcome, joined) = await AskCoordinatorAsync(
            SimulatedGroups.Workers, (g, cancel) => g.JoinAsync(request, cancel), s_rebalance + Patience);
        if (outcome != CallOutcome.Answered)
            return null;
        World.Count($"join: {joined.Error}");
        if (joined.Error == GroupError.MemberIdRequired)
            _memberId = joined.MemberId;
        if (joined.Error is GroupError.None)
        {
            Hear(joined, kept, invoked);
            return joined;
        }

        if (joined.Error != GroupError.MemberIdRequired)
            Heed(joined.Error, "join");
        return null;
    }

    // Of partitions only those that it reads: what it was assigned and has not begun is nobody's.
    private IReadOnlyList<GroupProtocol> Protocols(int[] kept) => Assignors.ProtocolsFor(
        _assignors, new ConsumerSubscription
        {
            Topics = [Topic],
            OwnedPartitions = [.. kept.Select(p => new TopicPartition(Topic, p))],
            GenerationId = _heldIn
        });

    private void Hear(JoinGroupResult joined, int[] kept, long invoked)
    {
        (_memberId, Generation) = (joined.MemberId, joined.GenerationId);
        if (World.Groups.Auditor.GenerationOf(SimulatedGroups.Workers) < Generation)
            throw new ViolationException("generations",
                $"{Name} was told of generation {Generation}, and the journal "
                    + $"knows {World.Groups.Auditor.GenerationOf(SimulatedGroups.Workers)}");
        var isLeader = Leads(joined);
        Groups.Hear(new GenerationHeard(
            SimulatedGroups.Workers, Generation, _memberId, _instanceId, joined.ProtocolName,
            isLeader ? [.. joined.Members.Select(m => m.MemberId)] : null, invoked, History.Now)
        {
            Kept = kept,
        });
        World.Scheduler.Trace.Event(World.Scheduler.Now, Name, "is in", $"generation {Generation}",
            $"as {_memberId}{(isLeader ? $", leads {joined.Members.Count}" : "")}");
    }

    private static bool Leads(JoinGroupResult joined) => joined.LeaderId == joined.MemberId && !joined.SkipAssignment;

    private async Task<IReadOnlyList<int>?> SyncAsync(JoinGroupResult joined)
    {
        var request = new SyncGroupRequest
        {
            GroupId = SimulatedGroups.Workers,
            GenerationId = Generation,
            MemberId = _memberId,
            GroupInstanceId = _instanceId,
            ProtocolType = joined.ProtocolType,
            ProtocolName = joined.ProtocolName,
            Assignments = Leads(joined) ? Lead(joined) : new Dictionary<string, ReadOnlyMemory<byte>>(),
        };
        var (outcome, synced) = await AskCoordinatorAsync(
            SimulatedGroups.Workers, (g, cancel) => g.SyncAsync(request, cancel), s_rebalance + Patience);
        if (outcome != CallOutcome.Answered)
            return null;
        World.Count($"sync: {synced.Error}");
        if (synced.Error != GroupError.None)
        {
            Heed(synced.Error, "sync");
            return null;
        }

        var partitions = Read(synced.Assignment);
        Groups.Assignments.Add(new AssignmentHeard(SimulatedGroups.Workers, Generation, _memberId, _instanceId, partitions));
        World.Scheduler.Trace.Event(World.Scheduler.Now, Name, "owns", string.Join(' ', partitions.Select(p => $"p{p}")),
            $"in generation {Generation}");
        return partitions;
    }

    private IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Lead(JoinGroupResult joined)
    {
        var assignments = Assignors.Assign(
            joined.ProtocolName, joined.Members, new Dictionary<string, int> { [Topic] = World.Scenario.Partitions });
        Groups.Made.Add(new AssignmentMade(SimulatedGroups.Workers, Generation, assignments.ToDictionary(a => a.Key, a => Read(a.Value)))
        {
            Kept = [.. Assignors.SubscribersOf(joined.Members).SelectMany(s => s.Owned).Select(p => p.Partition)],
        });
        return assignments;
    }

    private IReadOnlyList<int> Read(ReadOnlyMemory<byte> assignment) =>
        ConsumerAssignment.TryRead(assignment.Span, out var read)
            ? [.. read.Partitions.Select(p => p.Partition)]
            : throw new ViolationException("group answers", $"{Name} got an assignment that is none");

    private async Task BeatWhenDueAsync()
    {
        if (World.Scheduler.Now < _nextBeat)
            return;
        _nextBeat = World.Scheduler.Now + s_heartbeat.Ticks;
        var (outcome, error) = await AskCoordinatorAsync(
            SimulatedGroups.Workers, (g, cancel) => g.HeartbeatAsync(
                new HeartbeatRequest(SimulatedGroups.Workers, Generation, _memberId, _instanceId), cancel), TimeSpan.FromSeconds(3));
        if (outcome != CallOutcome.Answered)
            error = GroupError.CoordinatorNotAvailable;
        World.Count($"heartbeat: {error}");
        if (error == GroupError.UnknownMemberId)
            World.Count("member: slept too long");
        if (error != GroupError.None)
            Heed(error, "heartbeat");
        if (IsAboutCoordinator(error))
            _nextBeat = World.Scheduler.Now + (s_heartbeat.Ticks / 5);
    }

    // What a client does about an error of the group's.
    private void Heed(GroupError error, string call)
    {
        switch (error)
        {
            case GroupError.NotCoordinator or GroupError.CoordinatorNotAvailable:
                ForgetCoordinator();
                break;
            case GroupError.CoordinatorLoadInProgress or GroupError.RequestTimedOut:
                break;
            case GroupError.RebalanceInProgress:
                _mustJoin = true;
                break;
            case GroupError.IllegalGeneration:
                _mustJoin = true;
                if (_isCooperative && Random.Next(2) == 0)
                    LoseAll(); // As the Java client does; whoever is still a member may go on as well.
                break;
            case GroupError.UnknownMemberId:
                (_mustJoin, _memberId) = (true, "");
                if (_isCooperative)
                    LoseAll();
                break;
            case GroupError.FencedInstanceId when _instanceId is not null:
                (_mustJoin, _isFenced) = (true, true);
                World.Count("member: fenced");
                break;
            default:
                throw new ViolationException("group answers", $"{Name} was answered {error} to {call}");
        }
    }
}
