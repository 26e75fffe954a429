using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Clients;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>Whoever has to do with a group: finds its coordinator, loses it, commits and reads offsets.</summary>
internal abstract class GroupClient(World world, string name) : Client(world, name)
{
    private SimulatedBroker? _coordinator;
    private int _commits;

    protected GroupHistory Groups => World.Groups.History;

    /// <summary>Errors after which the coordinator must be looked for again.</summary>
    protected static bool IsAboutCoordinator(GroupError error) => error is GroupError.NotCoordinator or GroupError.CoordinatorNotAvailable;

    /// <summary>Asks the coordinator of a group; Refused also when there is none to be found.</summary>
    protected async Task<(CallOutcome Outcome, T Reply)> AskCoordinatorAsync<T>(
        string group, Func<IGroups, CancellationToken, ValueTask<T>> call, TimeSpan patience)
    {
        if ((_coordinator ??= await FindCoordinatorAsync(group)) is not { } coordinator)
            return (CallOutcome.Refused, default!);
        var result = await AskAsync(coordinator, call, patience);
        if (result.Outcome != CallOutcome.Answered)
            _coordinator = null;
        return result;
    }

    /// <summary>Asks a broker, and sometimes hangs up before it can have answered.</summary>
    protected async Task<(CallOutcome Outcome, T Reply)> AskAsync<T>(
        SimulatedBroker broker, Func<IGroups, CancellationToken, ValueTask<T>> call, TimeSpan patience)
    {
        var hangsUp = !World.IsCalm && Random.Next(30) == 0;
        var result = await broker.CallAsync(
            (b, cancel) => call(World.Groups.FaceOf(b), cancel), hangsUp ? TimeSpan.FromMilliseconds(Random.Next(20)) : patience);
        if (result.Outcome == CallOutcome.Unknown)
            World.Count("group: reply lost");
        return result;
    }

    protected void ForgetCoordinator() => _coordinator = null;

    /// <summary>Commits offsets, all under one token. <paramref name="at"/> is asked, or the coordinator.</summary>
    /// <returns>What became of it; null while nobody knows.</returns>
    protected async Task<GroupError?> CommitAsync(
        string group, IReadOnlyDictionary<int, long> offsets, GroupIdentity identity, SimulatedBroker? at = null)
    {
        var token = $"{Name}#{_commits++}";
        var attempts = offsets.Select(o => identity.Attempt(group, o.Key, o.Value, token, History.Now)).ToList();
        Groups.Commits.AddRange(attempts);
        var request = new CommitOffsetsRequest
        {
            GroupId = group,
            GenerationId = identity.Generation,
            MemberId = identity.MemberId,
            GroupInstanceId = identity.InstanceId,
            Offsets = [.. attempts.Select(a => new OffsetCommit(new TopicPartition(Topic, a.Partition), a.Offset, -1, token))],
        };
        var (outcome, reply) = at is null
            ? await AskCoordinatorAsync(group, (g, cancel) => g.CommitOffsetsAsync(request, cancel), Patience)
            : await AskAsync(at, (g, cancel) => g.CommitOffsetsAsync(request, cancel), Patience);
        if (outcome != CallOutcome.Answered)
        {
            World.Count($"commit: {(outcome == CallOutcome.Refused ? "not sent" : "reply lost")}");
            if (outcome == CallOutcome.Refused)
                attempts.ForEach(a => Conclude(a, GroupError.NotCoordinator));
            return null;
        }

        for (var i = 0; i < attempts.Count; i++)
            Conclude(attempts[i], reply.Error != GroupError.None ? reply.Error : reply.Partitions[i]);
        var error = attempts[0].Error;
        World.Count($"commit: {error}{(identity.Generation < 0 ? " (no member)" : "")}");
        World.Scheduler.Trace.Event(World.Scheduler.Now, Name, "commits",
            $"{group} {token} {string.Join(' ', attempts.Select(a => $"p{a.Partition}@{a.Offset}"))}", error.ToString());
        if (IsAboutCoordinator(error))
            ForgetCoordinator();
        return error;
    }

    /// <summary>Reads committed offsets; null when nobody could say.</summary>
    protected async Task<Dictionary<int, long>?> ReadOffsetsAsync(string group, IReadOnlyList<int> partitions, SimulatedBroker? at = null)
    {
        var request = new FetchOffsetsRequest { GroupId = group, Partitions = [.. partitions.Select(p => new TopicPartition(Topic, p))] };
        var invoked = History.Now;
        var (outcome, reply) = at is null
            ? await AskCoordinatorAsync(group, (g, cancel) => g.FetchOffsetsAsync(request, cancel), Patience)
            : await AskAsync(at, (g, cancel) => g.FetchOffsetsAsync(request, cancel), Patience);
        if (outcome != CallOutcome.Answered || reply.Error != GroupError.None)
        {
            ForgetCoordinator();
            return null;
        }

        foreach (var offset in reply.Offsets)
            Groups.Reads.Add(new OffsetRead(group, offset.Partition.Partition, Name, offset.Offset, offset.Metadata, invoked, History.Now));
        World.Scheduler.Trace.Event(World.Scheduler.Now, Name, "reads", group,
            string.Join(' ', reply.Offsets.Select(o => $"p{o.Partition.Partition}@{o.Offset}")));
        return reply.Offsets.ToDictionary(o => o.Partition.Partition, o => o.Offset);
    }

    // An error that leaves the outcome open promises nothing; every other one says that the commit will never be there.
    private void Conclude(CommitAttempt attempt, GroupError error)
    {
        attempt.Error = error;
        attempt.Completed = History.Now;
        attempt.Outcome = error switch
        {
            GroupError.None => AppendOutcome.Acknowledged,
            GroupError.RequestTimedOut or GroupError.UnknownServerError => AppendOutcome.Unknown,
            _ => AppendOutcome.Refused,
        };
    }

    private async Task<SimulatedBroker?> FindCoordinatorAsync(string group)
    {
        var asked = World.Brokers[Random.Next(World.Brokers.Count)];
        var (outcome, reply) = await asked.CallAsync((b, cancel) => World.Groups.FaceOf(b).FindCoordinatorAsync(group, cancel), Patience);
        if (outcome != CallOutcome.Answered || reply.Coordinator is not { } found)
            return null;
        var process = found.Endpoints.GetValueOrDefault(SimulatedBroker.Face);
        return World.Brokers.Find(b => b.IsUp && b.Process == process);
    }
}
