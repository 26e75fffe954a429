using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using static CloudStream.Engine.Tests.Groups.GroupWorld;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>How generations are formed.</summary>
public sealed class JoinTests
{
    [Fact]
    public void The_first_member_is_given_an_id_leads_generation_1_and_is_assigned_what_it_says() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();

        var given = await broker.JoinAsync(Join());
        Assert.Equal((GroupError.MemberIdRequired, -1), (given.Error, given.GenerationId));
        Assert.StartsWith("client-", given.MemberId, StringComparison.Ordinal);
        var joined = await broker.JoinAsync(Join(given.MemberId));

        Assert.Equal((GroupError.None, given.MemberId, 1, given.MemberId),
            (joined.Error, joined.MemberId, joined.GenerationId, joined.LeaderId));
        Assert.Equal(("consumer", "range", false), (joined.ProtocolType, joined.ProtocolName, joined.SkipAssignment));
        Assert.Equal(given.MemberId, Assert.Single(joined.Members).MemberId);
        var synced = await broker.SyncAsync(given.MemberId, 1, null, (given.MemberId, "mine"));
        Assert.Equal((GroupError.None, "mine"), (synced.Error, Text(synced)));
        Assert.Equal(GroupState.Stable, (await broker.DescribeAsync()).State);
        Assert.Equal(GroupError.None, await broker.HeartbeatAsync(given.MemberId, 1));
    });

    [Fact]
    public void A_member_of_an_old_client_is_admitted_without_asking_for_an_id_first() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var joined = await broker.JoinAsync(Join() with { RequireKnownMemberId = false });
        Assert.Equal((GroupError.None, 1), (joined.Error, joined.GenerationId));
        Assert.Equal(joined.MemberId, joined.LeaderId);
    });

    [Fact]
    public void The_first_members_wait_for_others_and_each_newcomer_prolongs_the_wait() => Run(async world =>
    {
        world.Settings["group.initial.rebalance.delay.ms"] = "3000";
        var broker = await world.NewBrokerAsync();
        var (_, first) = await broker.EnterAsync();
        await world.PassAsync(2);
        var (_, second) = await broker.EnterAsync();
        await world.PassAsync(2);
        Assert.False(first.IsCompleted || second.IsCompleted);

        await world.PassAsync(2);

        Assert.Equal((1, 1), ((await first).GenerationId, (await second).GenerationId));
        Assert.Equal(2, (await first).Members.Count);
        Assert.Empty((await second).Members);
    });

    [Fact]
    public void A_second_member_makes_the_first_join_again_and_both_are_in_generation_2() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var first = await broker.SettleOneAsync();

        var (second, joining) = await broker.EnterAsync();
        Assert.False(joining.IsCompleted);
        Assert.Equal(GroupError.RebalanceInProgress, await broker.HeartbeatAsync(first, 1));
        var rejoined = await broker.JoinAsync(Join(first));

        Assert.Equal((2, first, 2), (rejoined.GenerationId, rejoined.LeaderId, rejoined.Members.Count));
        Assert.Equal((2, first), ((await joining).GenerationId, (await joining).LeaderId));
        var follower = broker.SyncAsync(second, 2);
        await IdleAsync();
        Assert.False(follower.IsCompleted);
        Assert.Equal("a", Text(await broker.SyncAsync(first, 2, null, (first, "a"), (second, "b"))));
        Assert.Equal("b", Text(await follower));
        Assert.Equal(GroupError.IllegalGeneration, await broker.HeartbeatAsync(first, 1));
    });

    [Fact]
    public void A_member_that_does_not_join_again_in_time_is_left_out() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var first = await broker.SettleOneAsync(Join(sessionSeconds: 300, rebalanceSeconds: 20));
        var (second, joining) = await broker.EnterAsync(Join(sessionSeconds: 300, rebalanceSeconds: 20));

        await world.PassAsync(21);

        Assert.Equal((GroupError.None, 2, second), ((await joining).Error, (await joining).GenerationId, (await joining).LeaderId));
        Assert.Equal(GroupError.UnknownMemberId, await broker.HeartbeatAsync(first, 1));
    });

    [Fact]
    public void A_silent_member_is_thrown_out_after_its_session_timeout_and_the_group_ends_empty() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var member = await broker.SettleOneAsync();
        await world.PassAsync(9);
        Assert.Equal(GroupError.None, await broker.HeartbeatAsync(member, 1));
        await world.PassAsync(9);
        Assert.Equal(GroupState.Stable, (await broker.DescribeAsync()).State);

        await world.PassAsync(2);

        Assert.Equal(GroupState.Empty, (await broker.DescribeAsync()).State);
        Assert.Equal(GroupError.UnknownMemberId, await broker.HeartbeatAsync(member, 1));
        var register = await world.GroupAsync();
        Assert.Equal((2, 0), (register!.Generation, register.Members.Length));
        Assert.True(register.EmptySinceMs > 0);
    });

    [Fact]
    public void An_id_that_was_given_out_holds_up_a_generation_until_it_expires() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var first = await broker.SettleOneAsync(Join(sessionSeconds: 100));
        await broker.JoinAsync(Join(sessionSeconds: 30)); // Never comes back with its id.
        var (_, joining) = await broker.EnterAsync(Join(sessionSeconds: 100));
        var rejoining = broker.JoinAsync(Join(first, sessionSeconds: 100));

        await world.PassAsync(29);
        Assert.False(rejoining.IsCompleted || joining.IsCompleted);
        await world.PassAsync(2);

        Assert.Equal((2, 2), ((await rejoining).GenerationId, (await joining).GenerationId));
    });

    [Fact]
    public void The_protocol_with_most_votes_among_those_that_all_support_is_elected() => Run(async world =>
    {
        world.Settings["group.initial.rebalance.delay.ms"] = "1000";
        var broker = await world.NewBrokerAsync();
        var joins = new List<Task<JoinGroupResult>>();
        foreach (var protocols in new[] { "a b c", "b c a", "c b d" })
            joins.Add(
                (await broker.EnterAsync(
                    Join() with { Protocols = [.. protocols.Split(' ').Select(p => new GroupProtocol(p, Subscription("t")))] })).Joined);
        await world.PassAsync(3);
        Assert.All(await Task.WhenAll(joins), j => Assert.Equal("b", j.ProtocolName));
    });

    [Fact]
    public void A_group_takes_no_more_members_than_it_may_have() => Run(async world =>
    {
        world.Settings["group.max.size"] = "1";
        var broker = await world.NewBrokerAsync();
        var first = await broker.SettleOneAsync();

        Assert.Equal(GroupError.GroupMaxSizeReached, (await broker.JoinAsync(Join())).Error);

        Assert.Equal(GroupError.None, await broker.HeartbeatAsync(first, 1));
        Assert.Equal((GroupError.None, 2), ((await broker.JoinAsync(Join(first))).Error, (await world.GroupAsync())!.Generation));
    });

    [Fact]
    public void A_leader_that_joins_again_starts_a_new_generation_a_follower_with_nothing_new_does_not() => Run(async world =>
    {
        var (broker, leader, follower) = await TwoAsync(world);

        Assert.Equal(2, (await broker.JoinAsync(Join(follower))).GenerationId);
        Assert.Equal(GroupState.Stable, (await broker.DescribeAsync()).State);
        var rejoining = broker.JoinAsync(Join(leader));
        await IdleAsync();

        Assert.Equal(GroupState.PreparingRebalance, (await broker.DescribeAsync()).State);
        Assert.Equal(3, (await broker.JoinAsync(Join(follower))).GenerationId);
        Assert.Equal(3, (await rejoining).GenerationId);
    });

    [Fact]
    public void A_follower_that_wants_something_else_starts_a_new_generation() => Run(async world =>
    {
        var (broker, leader, follower) = await TwoAsync(world);
        var rejoining = broker.JoinAsync(Join(follower, topic: "u"));
        await IdleAsync();
        Assert.Equal(GroupError.RebalanceInProgress, await broker.HeartbeatAsync(leader, 2));
        Assert.Equal(3, (await broker.JoinAsync(Join(leader))).GenerationId);
        Assert.Equal(3, (await rejoining).GenerationId);
    });

    [Fact]
    public void A_member_whose_answer_was_lost_is_told_its_generation_again() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var (id, joining) = await broker.EnterAsync();
        await joining;
        var again = await broker.JoinAsync(Join(id));
        Assert.Equal((GroupError.None, 1, 1), (again.Error, again.GenerationId, again.Members.Count));
    });

    [Fact]
    public void Who_never_asks_for_its_assignment_is_thrown_out_after_the_rebalance_timeout() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var (id, joining) = await broker.EnterAsync(Join(sessionSeconds: 300, rebalanceSeconds: 20));
        await joining;
        await world.PassAsync(19);
        Assert.Equal(GroupState.CompletingRebalance, (await broker.DescribeAsync()).State);
        await world.PassAsync(2);
        Assert.Equal(GroupState.Empty, (await broker.DescribeAsync()).State);
        Assert.Equal(GroupError.UnknownMemberId, await broker.HeartbeatAsync(id, 1));
    });

    [Fact]
    public void Followers_that_wait_for_a_leader_that_dies_are_told_to_join_again() => Run(async world =>
    {
        var (broker, leader, follower) = await TwoAsync(world, sync: false);
        var waiting = broker.SyncAsync(follower, 2);
        Assert.Equal(GroupError.None, (await broker.LeaveAsync(new LeavingMember(leader))).Members[0]);
        Assert.Equal(GroupError.RebalanceInProgress, (await waiting).Error);
        Assert.Equal((3, follower), ((await broker.JoinAsync(Join(follower))).GenerationId, (await broker.DescribeAsync()).LeaderId));
    });

    [Fact]
    public void The_last_member_that_leaves_leaves_an_empty_group_and_the_next_one_goes_on_counting() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var member = await broker.SettleOneAsync();
        await broker.LeaveAsync(new LeavingMember(member));
        await IdleAsync();
        Assert.Equal(GroupState.Empty, (await broker.DescribeAsync()).State);

        var (_, joining) = await broker.EnterAsync();

        Assert.Equal(3, (await joining).GenerationId);
    });

    [Fact]
    public void A_group_that_its_last_member_left_is_empty_to_others_before_the_register_says_so() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var member = await broker.SettleOneAsync();
        var isOpen = new TaskCompletionSource();
        broker.BeforePut = () => isOpen.Task;

        await broker.LeaveAsync(new LeavingMember(member));
        await IdleAsync();

        Assert.Equal((GroupState.Empty, 0), ((await broker.DescribeAsync()).State, (await broker.DescribeAsync()).Members.Count));
        Assert.Equal(GroupState.Empty,
            (await broker.Coordinator.ListAsync(new ListGroupsRequest(), GroupWorld.Token)).Groups.Single().State);
        Assert.True((await world.GroupAsync())!.HasMembers);
        isOpen.SetResult();
        await IdleAsync();
        Assert.False((await world.GroupAsync())!.HasMembers);
    });

    private static string Text(SyncGroupResult result) => System.Text.Encoding.UTF8.GetString(result.Assignment.Span);

    internal static async Task<(GroupBroker Broker, string Leader, string Follower)> TwoAsync(GroupWorld world, bool sync = true)
    {
        var broker = await world.NewBrokerAsync();
        var leader = await broker.SettleOneAsync();
        var (follower, joining) = await broker.EnterAsync();
        Assert.Equal(2, (await broker.JoinAsync(Join(leader))).GenerationId);
        await joining;
        if (sync)
        {
            await broker.SyncAsync(leader, 2, null, (leader, "a"), (follower, "b"));
            await broker.SyncAsync(follower, 2);
        }

        return (broker, leader, follower);
    }
}
