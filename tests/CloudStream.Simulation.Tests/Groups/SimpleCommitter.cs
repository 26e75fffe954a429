using CloudStream.Cluster.Groups;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>
/// Commits without being a member, through any broker: to a group that has no members, where everything counts, and to the workers' group,
/// where it must be refused while there are members and otherwise sends them back to the beginning, which skips nothing.
/// </summary>
internal sealed class SimpleCommitter(World world, string name) : GroupClient(world, name)
{
    private static readonly GroupIdentity s_nobody = new();

    protected override async Task RunAsync()
    {
        while (!IsStopping)
        {
            var broker = World.Brokers[Random.Next(World.Brokers.Count)];
            var partition = Random.Next(World.Scenario.Partitions);
            if (Random.Next(6) == 0)
                await CommitAsync(SimulatedGroups.Workers, new Dictionary<int, long> { [partition] = 0 }, s_nobody, broker);
            else if (Random.Next(3) == 0)
                await ReadOffsetsAsync(SimulatedGroups.Loners, [.. Enumerable.Range(0, World.Scenario.Partitions)], broker);
            else if (await CommitAsync(SimulatedGroups.Loners, new Dictionary<int, long> { [partition] = Random.Next(100) }, s_nobody,
                broker) is { } error)
                Expect(error);
            await ThinkAsync();
            await ThinkAsync();
        }
    }

    private void Expect(GroupError error)
    {
        if (error is not (GroupError.None or GroupError.NotCoordinator or GroupError.CoordinatorNotAvailable
            or GroupError.CoordinatorLoadInProgress or GroupError.RequestTimedOut))
            throw new ViolationException("group answers", $"{Name} committed for a group without members and was answered {error}");
    }
}
