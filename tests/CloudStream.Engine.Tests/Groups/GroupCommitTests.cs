using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Topics;

using static CloudStream.Engine.Tests.Groups.GroupWorld;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>Commits through the coordinator, and what becomes of offsets.</summary>
public sealed class GroupCommitTests
{
    [Fact]
    public void Commits_that_wait_for_a_write_share_the_next_one() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        await broker.CommitAsync(Commit(0));
        var before = broker.Puts;
        var gate = new TaskCompletionSource();
        broker.BeforePut = () => gate.Task;

        var commits = Enumerable.Range(0, 100).Select(i => broker.CommitAsync(Commit(i, partition: i % 4))).ToList();
        await IdleAsync();
        gate.SetResult();

        Assert.All(await Task.WhenAll(commits), e => Assert.Equal(GroupError.None, e));
        Assert.InRange(broker.Puts - before, 1, 2);
        Assert.Equal((96L, 99L), (await broker.OffsetAsync(0), await broker.OffsetAsync(3)));
    });

    [Fact]
    public void Members_keep_committing_while_others_join_and_after_that_their_generation_is_over() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var member = await broker.SettleOneAsync();
        await broker.EnterAsync();

        Assert.Equal(GroupError.None, await broker.CommitAsync(Commit(5, member, 1)));
        await broker.JoinAsync(Join(member));

        Assert.Equal(GroupError.IllegalGeneration, await broker.CommitAsync(Commit(6, member, 1)));
        Assert.Equal(5, await broker.OffsetAsync());
    });

    [Fact]
    public void A_commit_that_meets_a_generation_being_written_is_judged_by_that_generation() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var member = await broker.SettleOneAsync();
        var gate = new TaskCompletionSource();
        broker.BeforePut = () => gate.Task;
        var rejoining = broker.JoinAsync(Join(member));
        await IdleAsync();

        var commit = broker.CommitAsync(Commit(6, member, 1));
        Assert.Equal(GroupError.RebalanceInProgress, await broker.HeartbeatAsync(member, 1));
        gate.SetResult();

        Assert.Equal(2, (await rejoining).GenerationId);
        Assert.Equal(GroupError.IllegalGeneration, await commit);
        Assert.Equal(-1, await broker.OffsetAsync());
    });

    [Fact]
    public void A_client_may_go_back_on_purpose() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        await broker.CommitAsync(Commit(50));
        Assert.Equal(GroupError.None, await broker.CommitAsync(Commit(10)));
        Assert.Equal(10, await broker.OffsetAsync());
    });

    [Fact]
    public void Offsets_expire_a_retention_after_the_last_member_went_and_the_group_with_them() => Run(async world =>
    {
        Expiring(world);
        var broker = await world.NewBrokerAsync();
        var member = await broker.SettleOneAsync(Join(sessionSeconds: 600));
        await broker.CommitAsync(Commit(5, member, 1));
        await world.PassAsync(100);
        Assert.Equal(5, await broker.OffsetAsync());
        await broker.LeaveAsync(new LeavingMember(member));
        await world.PassAsync(50);
        Assert.Equal(5, await broker.OffsetAsync());

        await world.PassAsync(12);

        Assert.Equal(-1, await broker.OffsetAsync());
        await world.PassAsync(330);
        Assert.Null(await world.GroupAsync());
        Assert.Equal(GroupState.Dead, (await broker.DescribeAsync()).State);
    });

    [Fact]
    public void Offsets_of_a_group_that_never_had_members_expire_by_their_own_age() => Run(async world =>
    {
        Expiring(world);
        var broker = await world.NewBrokerAsync();
        await broker.CommitAsync(Commit(5));
        await world.PassAsync(40);
        await broker.CommitAsync(Commit(6, partition: 1));
        await world.PassAsync(31);
        Assert.Equal((-1L, 6L), (await broker.OffsetAsync(), await broker.OffsetAsync(1)));
    });

    [Fact]
    public void A_stable_consumer_group_loses_old_offsets_of_topics_that_it_no_longer_reads() => Run(async world =>
    {
        Expiring(world);
        var broker = await world.NewBrokerAsync();
        await broker.CommitAsync(Commit(5) with
        {
            Offsets = [new OffsetCommit(new TopicPartition("u", 0), 9), new OffsetCommit(new TopicPartition("t", 0), 5)]
        });
        await broker.SettleOneAsync(Join(sessionSeconds: 600));
        await world.PassAsync(75);
        var all = await broker.Coordinator.FetchOffsetsAsync(new FetchOffsetsRequest { GroupId = "g" }, Token);
        Assert.Equal("t-0", Assert.Single(all.Offsets).Partition.ToString());
    });

    [Fact]
    public void Offsets_of_a_deleted_topic_are_gone_and_taken_out() => Run(async world =>
    {
        Expiring(world);
        var broker = await world.NewBrokerAsync();
        await broker.CommitAsync(Commit(5) with
        {
            Offsets = [new OffsetCommit(new TopicPartition("u", 0), 9), new OffsetCommit(new TopicPartition("t", 0), 5)]
        });
        await world.DeleteTopicAsync("u");
        await world.PassAsync(12);
        Assert.Single((await world.GroupAsync())!.Offsets);
        Assert.Equal(5, await broker.OffsetAsync());
    });

    [Fact]
    public void The_lag_says_who_has_which_partition() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var (id, joining) = await broker.EnterAsync();
        var joined = await joining;
        var parts = Assignors.Assign(joined.ProtocolName, joined.Members, new Dictionary<string, int> { ["t"] = 4 });
        await broker.Coordinator.SyncAsync(
            new SyncGroupRequest { GroupId = "g", MemberId = id, GenerationId = 1, Assignments = parts }, Token);
        await broker.CommitAsync(Commit(30, id, 1));

        var lag = await broker.Coordinator.DescribeLagAsync("g", anywhere: false, Token);

        Assert.Equal((GroupState.Stable, "range", 0, 1),
            (lag.Group.State, lag.Group.ProtocolName, lag.Group.Coordinator, lag.Group.GenerationId));
        Assert.Equal(("client", "/1.2.3.4"), (lag.Group.Members[0].ClientId, lag.Group.Members[0].ClientHost));
        Assert.Equal([(0, 70L, id), (1, (long?)null, id), (2, null, id), (3, null, id)],
            lag.Partitions.Select(p => (p.Committed.Partition.Partition, p.Lag, p.MemberId!)));
    });

    [Fact]
    public void Lists_show_state_and_can_be_filtered_and_another_broker_shows_its_own_only() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        await broker.SettleOneAsync();
        await broker.CommitAsync(Commit(1) with { GroupId = "simple" });
        var other = await world.NewBrokerAsync(epoch: 0);

        Assert.Equal([("g", "consumer", GroupState.Stable), ("simple", "", GroupState.Empty)],
            await ListAsync(broker, new ListGroupsRequest()));
        Assert.Equal([("simple", "", GroupState.Empty)],
            await ListAsync(broker, new ListGroupsRequest { States = ["EMPTY"], Types = ["Classic"] }));
        Assert.Empty(await ListAsync(broker, new ListGroupsRequest { Types = ["consumer"] }));
        Assert.Empty(await ListAsync(other, new ListGroupsRequest()));
        Assert.Equal([("g", "consumer", GroupState.Unknown), ("simple", "", GroupState.Empty)],
            await ListAsync(other, new ListGroupsRequest { Anywhere = true }));
    });

    private static void Expiring(GroupWorld world)
    {
        world.Settings["offsets.retention.minutes"] = "1";
        world.Settings["offsets.retention.check.interval.ms"] = "10000";
    }

    private static async Task<IEnumerable<(string, string, GroupState)>> ListAsync(GroupBroker broker, ListGroupsRequest request) =>
        (await broker.Coordinator.ListAsync(request, Token)).Groups.Select(g => (g.GroupId, g.ProtocolType, g.State));
}
