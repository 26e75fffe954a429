using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Membership;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>What a request that meets a defect does to its group: nothing. And groups with the longest names.</summary>
public sealed class GroupDefectTests
{
    [Fact]
    public void A_call_that_meets_a_defect_is_answered_and_the_group_goes_on() => GroupWorld.Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var table = broker.NewTable();
        var epoch = broker.EpochOf(broker.Shard);

        var failed = await table.CallAsync(
            "g", epoch, static () => new GroupWork<GroupError>(
                static (_, _) => throw new InvalidOperationException("a defect"), static e => e), GroupWorld.Token);
        var next = await table.CallAsync("g", epoch,
            static () => new GroupWork<GroupError>(static (_, reply) => reply.Send(GroupError.None), static e => e), GroupWorld.Token);

        Assert.Equal((GroupError.UnknownServerError, GroupError.None), (failed, next));
        await table.DrainAsync(GroupWorld.Token);
    });

    [Fact]
    public void A_group_with_a_name_as_long_as_the_protocol_can_say_is_one_like_any_other() => GroupWorld.Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var name = new string('g', 32_767);

        Assert.Equal(GroupError.None, await broker.CommitAsync(GroupWorld.Commit(7) with { GroupId = name }));

        Assert.Equal(7, await broker.OffsetAsync(group: name));
        Assert.Equal(
            [name], (await broker.Coordinator.ListAsync(new ListGroupsRequest(), GroupWorld.Token)).Groups.Select(static g => g.GroupId));
        Assert.Equal(GroupError.None, await broker.Coordinator.DeleteAsync(name, anywhere: false, GroupWorld.Token));
        Assert.Empty((await broker.Coordinator.ListAsync(new ListGroupsRequest(), GroupWorld.Token)).Groups);
    });
}
