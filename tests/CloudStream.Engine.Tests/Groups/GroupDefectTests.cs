using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Membership;
using CloudStream.Cluster.Groups.Registers;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>What a request that meets a defect does to its group: nothing. And groups with names longer than a register's key.</summary>
public sealed class GroupDefectTests
{
    [Fact]
    public void A_change_that_meets_a_defect_is_answered_and_the_group_goes_on() => GroupWorld.Run(async world =>
    {
        var broker = world.NewBroker();
        var member = await broker.SettleOneAsync();
        broker.BeforePut = static () => throw new InvalidOperationException("a defect");

        Assert.Equal(GroupError.UnknownServerError, await broker.CommitAsync(GroupWorld.Commit(1, member, 1)));

        broker.BeforePut = static () => Task.CompletedTask;
        Assert.Equal(GroupError.None, await broker.HeartbeatAsync(member, 1));
        Assert.Equal(GroupError.None, await broker.CommitAsync(GroupWorld.Commit(2, member, 1)));
        Assert.Equal(2, await broker.OffsetAsync());
    });

    [Fact]
    public void Of_changes_that_are_written_together_only_the_one_that_meets_a_defect_fails() => GroupWorld.Run(async world =>
    {
        var broker = world.NewBroker();
        var member = await broker.SettleOneAsync();
        var (gate, puts) = (new TaskCompletionSource(), 0);
        broker.BeforePut = () => ++puts switch
        {
            1 => gate.Task, // meanwhile the others gather
            2 or 4 => throw new InvalidOperationException("a defect"), // the three together, then the second of them
            _ => Task.CompletedTask,
        };
        var first = broker.CommitAsync(GroupWorld.Commit(1, member, 1));
        await GroupWorld.IdleAsync();
        var others = Enumerable.Range(1, 3).Select(i => broker.CommitAsync(GroupWorld.Commit(10 + i, member, 1, partition: i))).ToArray();
        await GroupWorld.IdleAsync();
        gate.SetResult();

        Assert.Equal(GroupError.None, await first);
        Assert.Equal([GroupError.None, GroupError.UnknownServerError, GroupError.None], await Task.WhenAll(others));
    });

    [Fact]
    public void A_call_that_meets_a_defect_is_answered_and_the_group_goes_on() => GroupWorld.Run(async world =>
    {
        var broker = world.NewBroker();
        var table = broker.NewTable();
        var claim = broker.OwnClaim("g")!.Value;

        var failed = await table.CallAsync(
            "g", claim, static () => new GroupWork<GroupError>(
                static (_, _) => throw new InvalidOperationException("a defect"), static e => e), GroupWorld.Token);
        var next = await table.CallAsync("g", claim,
            static () => new GroupWork<GroupError>(static (_, reply) => reply.Send(GroupError.None), static e => e), GroupWorld.Token);

        Assert.Equal((GroupError.UnknownServerError, GroupError.None), (failed, next));
        await table.DrainAsync(GroupWorld.Token);
    });

    [Fact]
    public void A_group_with_a_name_as_long_as_the_protocol_can_say_is_one_like_any_other() => GroupWorld.Run(async world =>
    {
        var broker = world.NewBroker();
        var name = new string('g', 32_767);

        Assert.Equal(GroupError.None, await broker.CommitAsync(GroupWorld.Commit(7) with { GroupId = name }));

        Assert.Equal(7, await broker.OffsetAsync(group: name));
        Assert.Equal(
            [name], (await broker.Coordinator.ListAsync(new ListGroupsRequest(), GroupWorld.Token)).Groups.Select(static g => g.GroupId));
        Assert.Equal(GroupError.None, await broker.Coordinator.DeleteAsync(name, anywhere: false, GroupWorld.Token));
        Assert.Empty((await broker.Coordinator.ListAsync(new ListGroupsRequest(), GroupWorld.Token)).Groups);
    });
}
