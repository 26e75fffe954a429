using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using static CloudStream.Engine.Tests.Groups.GroupWorld;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>Members that keep their place over restarts (KIP-345, KIP-814).</summary>
public sealed class StaticMemberTests
{
    [Fact]
    public void A_static_member_that_comes_back_takes_its_place_without_a_new_generation() => Run(async world =>
    {
        var (broker, leader, follower) = await TwoAsync(world);

        var back = await broker.JoinAsync(Join(instance: "two"));

        Assert.Equal((GroupError.None, 1, leader, false), (back.Error, back.GenerationId, back.LeaderId, back.SkipAssignment));
        Assert.NotEqual(follower, back.MemberId);
        Assert.Equal("b", Text(await broker.SyncAsync(back.MemberId, 1, "two")));
        Assert.Equal(GroupState.Stable, (await broker.DescribeAsync()).State);
        Assert.Equal([leader, back.MemberId], (await world.GroupAsync())!.Members.Select(m => m.Id));
    });

    [Fact]
    public void The_former_self_of_a_static_member_is_fenced() => Run(async world =>
    {
        var (broker, _, follower) = await TwoAsync(world);
        await broker.JoinAsync(Join(instance: "two"));

        Assert.Equal(GroupError.FencedInstanceId, await broker.HeartbeatAsync(follower, 1, "two"));
        Assert.Equal(GroupError.FencedInstanceId, (await broker.SyncAsync(follower, 1, "two")).Error);
        Assert.Equal(GroupError.FencedInstanceId, await broker.CommitAsync(Commit(1, follower, 1, "two")));
        Assert.Equal(GroupError.FencedInstanceId, (await broker.JoinAsync(Join(follower, instance: "two"))).Error);
        Assert.Equal(GroupError.FencedInstanceId, (await broker.LeaveAsync(new LeavingMember(follower, "two"))).Members[0]);
        Assert.Equal(GroupError.UnknownMemberId, await broker.HeartbeatAsync(follower, 1));
    });

    [Fact]
    public void A_leader_that_comes_back_may_skip_the_assignment_if_its_client_knows_how() => Run(async world =>
    {
        var (broker, leader, follower) = await TwoAsync(world);

        var old = await broker.JoinAsync(Join(instance: "one") with { SupportsSkippingAssignment = false });
        Assert.Equal((leader, false, 0), (old.LeaderId, old.SkipAssignment, old.Members.Count));
        var back = await broker.JoinAsync(Join(instance: "one"));

        Assert.Equal((back.MemberId, true, 2), (back.LeaderId, back.SkipAssignment, back.Members.Count));
        Assert.Equal([back.MemberId, follower], back.Members.Select(m => m.MemberId));
        Assert.Equal("a", Text(await broker.SyncAsync(back.MemberId, 1, "one")));
    });

    [Fact]
    public void A_static_member_that_wants_other_topics_starts_a_new_generation() => Run(async world =>
    {
        var (broker, leader, _) = await TwoAsync(world);
        var joining = broker.JoinAsync(Join(instance: "two", topic: "u"));
        await IdleAsync();
        Assert.Equal(GroupError.RebalanceInProgress, await broker.HeartbeatAsync(leader, 1, "one"));
        Assert.Equal(2, (await broker.JoinAsync(Join(leader, instance: "one"))).GenerationId);
        Assert.Equal(2, (await joining).GenerationId);
    });

    [Fact]
    public void A_join_that_waits_is_fenced_by_the_next_one_of_its_instance() => Run(async world =>
    {
        world.Settings["group.initial.rebalance.delay.ms"] = "3000";
        var broker = await world.NewBrokerAsync();
        var first = broker.JoinAsync(Join(instance: "one"));
        await IdleAsync();
        var second = broker.JoinAsync(Join(instance: "one"));
        await world.PassAsync(4);
        Assert.Equal(GroupError.FencedInstanceId, (await first).Error);
        Assert.Equal((GroupError.None, 1, 1), ((await second).Error, (await second).GenerationId, (await second).Members.Count));
    });

    [Fact]
    public void Static_members_are_taken_out_by_their_instance_ids() => Run(async world =>
    {
        var (broker, _, _) = await TwoAsync(world);
        var left = await broker.LeaveAsync(new LeavingMember("", "one"), new LeavingMember("", "none"), new LeavingMember("", "two"));
        Assert.Equal([GroupError.None, GroupError.UnknownMemberId, GroupError.None], left.Members);
        await IdleAsync();
        Assert.Equal(GroupState.Empty, (await broker.DescribeAsync()).State);
    });

    [Fact]
    public void A_static_member_that_is_away_keeps_its_place_until_its_session_ends() => Run(async world =>
    {
        var (broker, leader, follower) = await TwoAsync(world, sessionSeconds: 40, rebalanceSeconds: 10);
        var (_, joining) = await broker.EnterAsync(Join(sessionSeconds: 40, rebalanceSeconds: 10));
        await broker.HeartbeatAsync(leader, 1, "one");

        await world.PassAsync(11);

        var third = await joining;
        Assert.Equal((GroupError.None, 2), (third.Error, third.GenerationId));
        Assert.Equal([leader, follower, third.MemberId], third.Members.Select(m => m.MemberId));
    });

    [Fact]
    public void A_replacement_that_cannot_be_stored_did_not_happen() => Run(async world =>
    {
        var (broker, _, follower) = await TwoAsync(world);
        broker.Plan = _ => Storage.Faults.StoreFault.Throttled;
        var joining = broker.JoinAsync(Join(instance: "two", sessionSeconds: 60));
        await world.PassAsync(20);
        Assert.Equal(GroupError.CoordinatorNotAvailable, (await joining).Error);
        Assert.Equal(GroupError.None, await broker.HeartbeatAsync(follower, 1, "two"));
    });

    [Fact]
    public void A_replacement_that_took_effect_after_all_fences_the_former_self() => Run(async world =>
    {
        var (broker, leader, follower) = await TwoAsync(world, sessionSeconds: 60);
        broker.Plan = o => o == Storage.Faults.StoreOperation.Put
            ? Storage.Faults.StoreFault.LostReply : Storage.Faults.StoreFault.Unavailable;
        var joining = broker.JoinAsync(Join(instance: "two", sessionSeconds: 60));
        await world.PassAsync(11);
        Assert.Equal(GroupError.CoordinatorNotAvailable, (await joining).Error);
        broker.Plan = _ => Storage.Faults.StoreFault.None;
        await world.PassAsync(5);

        Assert.Equal(GroupError.FencedInstanceId, await broker.HeartbeatAsync(follower, 1, "two"));
        Assert.Equal(GroupError.None, await broker.HeartbeatAsync(leader, 1, "one"));
        Assert.Equal(1, (await broker.JoinAsync(Join(instance: "two", sessionSeconds: 60))).GenerationId);
    });

    private static string Text(SyncGroupResult result) => System.Text.Encoding.UTF8.GetString(result.Assignment.Span);

    private static async Task<(GroupBroker Broker, string Leader, string Follower)> TwoAsync(
        GroupWorld world, int sessionSeconds = 60, int rebalanceSeconds = 60)
    {
        world.Settings["group.initial.rebalance.delay.ms"] = "1000";
        var broker = await world.NewBrokerAsync();
        var (one, two) = (broker.JoinAsync(Join(instance: "one", sessionSeconds: sessionSeconds, rebalanceSeconds: rebalanceSeconds)),
            broker.JoinAsync(Join(instance: "two", sessionSeconds: sessionSeconds, rebalanceSeconds: rebalanceSeconds)));
        await world.PassAsync(3);
        var (leader, follower) = ((await one).MemberId, (await two).MemberId);
        await broker.SyncAsync(leader, 1, "one", (leader, "a"), (follower, "b"));
        await broker.SyncAsync(follower, 1, "two");
        return (broker, leader, follower);
    }
}
