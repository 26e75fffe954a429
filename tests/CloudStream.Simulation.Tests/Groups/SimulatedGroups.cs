using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Clients;
using CloudStream.Simulation.Tests.Scheduling;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>The groups of a run: their members, what they saw, and what must be true of them in the end.</summary>
internal sealed class SimulatedGroups(World world)
{
    /// <summary>The group whose members consume the topic.</summary>
    public const string Workers = "workers";

    /// <summary>A group that has commits and no members.</summary>
    public const string Loners = "loners";

    private readonly List<SimpleCommitter> _simple = [];
    private GroupChurn? _churn;
    private Func<IBroker, IGroups> _faceOf = static broker => broker.Groups;

    public GroupHistory History { get; } = new();

    public GroupAuditor Auditor => field ??= new GroupAuditor(History, world.Count);

    /// <summary>How members reach an engine.</summary>
    public IGroups FaceOf(IBroker broker) => _faceOf(broker);

    /// <summary>The members begin, and what befalls them.</summary>
    public void Start()
    {
        if (world.Scenario.Groups is not { } rates)
            return;
        if (world.Broken?.Groups is { } broken)
            _faceOf = broken(world);
        _churn = new GroupChurn(world, rates);
        _churn.Begin();
        for (var i = 0; i < rates.Simple; i++)
            _simple.Add(new SimpleCommitter(world, $"simple{i}"));
        _simple.ForEach(s => s.Start());
    }

    /// <summary>Nothing befalls the members any more; who sleeps wakes up, and who is missing comes back.</summary>
    public void EndFaults() => _churn?.End();

    /// <summary>Whether all living members are in one generation, have processed everything and committed it.</summary>
    public bool HaveSettled(IReadOnlyList<CommittedLog> logs)
    {
        if (_churn is null)
            return true;
        var living = _churn.Living;
        return _simple.TrueForAll(s => s.IsDone)
            && living.Count > 0
            && living.TrueForAll(m => m.IsStable && m.Generation == living[0].Generation)
            && living.SelectMany(m => m.Owned).Order().SequenceEqual(Enumerable.Range(0, logs.Count))
            && living.TrueForAll(m => m.Owned.All(p => m.CommittedOf(p) == logs[p].End));
    }

    /// <summary>Who is there to be asked why not.</summary>
    public string Describe() => string.Join("; ", _churn?.Living.Select(m => m.ToString()) ?? []);

    /// <summary>Judges the history, with what the coordinator and a broker that has just started say in the end.</summary>
    public async Task CheckAsync(Actor actor, IReadOnlyList<CommittedLog> logs)
    {
        if (_churn is null)
            return;
        await CheckDescriptionAsync(actor);
        _churn.Stop();
        await ReadFreshAsync(actor, logs.Count);
        new GroupChecker(Workers, History, logs.Count).CheckNothingSkipped(logs);
        foreach (var group in (string[])[Workers, Loners])
            new GroupChecker(group, History, logs.Count).Check();
    }

    private async Task CheckDescriptionAsync(Actor actor)
    {
        var members = _churn!.Living.Select(m => m.MemberId).Order(StringComparer.Ordinal).ToList();
        var said = "";
        for (var tries = 0; tries < 40; tries++) // A member that left and could not say so ends with its session.
        {
            foreach (var broker in world.Brokers.Where(b => b.IsReady))
            {
                var (outcome, group) = await broker.CallAsync(
                    (b, cancel) => FaceOf(b).DescribeAsync(Workers, anywhere: false, cancel), TimeSpan.FromSeconds(10));
                if (outcome != CallOutcome.Answered || group.Error != GroupError.None || group.State != GroupState.Stable)
                    continue;
                said = string.Join(' ', group.Members.Select(m => m.MemberId).Order(StringComparer.Ordinal));
                if (said == string.Join(' ', members))
                    return;
            }

            await world.DelayAsync(actor, TimeSpan.FromMilliseconds(500));
        }

        throw new ViolationException("progress",
            $"{Workers} should be stable with the members {string.Join(' ', members)}; it is said to have {said}");
    }

    // Everything that was acknowledged is there for one who knows nothing.
    private async Task ReadFreshAsync(Actor actor, int partitions)
    {
        using var fresh = new SimulatedBroker(world, 98, holdLeases: false);
        fresh.Start();
        while (!fresh.IsReady)
            await world.DelayAsync(actor, TimeSpan.FromMilliseconds(20));
        foreach (var group in (string[])[Workers, Loners])
        {
            var invoked = world.History.Now;
            TopicPartition[] wanted = [.. Enumerable.Range(0, partitions).Select(p => new TopicPartition(Client.Topic, p))];
            var (outcome, reply) = await fresh.CallAsync(
                (b, cancel) => FaceOf(b).FetchOffsetsAsync(new FetchOffsetsRequest { GroupId = group, Partitions = wanted }, cancel),
                TimeSpan.FromMinutes(1));
            if (outcome != CallOutcome.Answered || reply.Error != GroupError.None)
                throw new ViolationException("reads succeed", $"the final read of {group}'s offsets: {outcome} {reply?.Error}");
            foreach (var offset in reply.Offsets)
                History.Reads.Add(new OffsetRead(
                    group, offset.Partition.Partition, "the end", offset.Offset, offset.Metadata, invoked, world.History.Now));
        }

        fresh.Crash();
    }
}
