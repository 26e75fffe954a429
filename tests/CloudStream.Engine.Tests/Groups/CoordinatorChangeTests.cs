using System.Text;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Membership;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;
using CloudStream.Log.Journal;
using CloudStream.Storage.Faults;
using static CloudStream.Engine.Tests.Groups.GroupWorld;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>Coordinators that die, are deposed, and do not know it yet.</summary>
public sealed class CoordinatorChangeTests
{
    [Fact]
    public void A_new_coordinator_goes_on_with_the_same_generation_and_its_assignments() => Run(async world =>
    {
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        old.StepDown();
        var next = await world.NewBrokerAsync(epoch: 2);

        Assert.Equal(GroupError.NotCoordinator, await old.HeartbeatAsync(leader, 2));
        foreach (var member in (string[])[leader, follower])
        {
            Assert.Equal(GroupError.None, await next.HeartbeatAsync(member, 2));
            Assert.Equal(GroupError.None, await next.CommitAsync(Commit(11, member, 2)));
        }

        var before = Encoding.UTF8.GetString((await next.SyncAsync(follower, 2)).Assignment.Span);
        Assert.Equal(("b", GroupState.Stable), (before, (await next.DescribeAsync()).State));
        Assert.Equal(2, (await world.GroupAsync())!.Generation);
    });

    [Fact]
    public void Neither_a_restart_nor_a_rolling_restart_of_three_brokers_rebalances_a_group_whose_members_stay() => Run(async world =>
    {
        var (present, leader, follower) = await JoinTests.TwoAsync(world);
        for (var epoch = 2; epoch <= 7; epoch++)
        {
            await present.Coordinator.DrainAsync(Token);
            present = await world.NewBrokerAsync(epoch);
            await world.PassAsync(5);
            foreach (var (member, part) in ((string, string)[])[(leader, "a"), (follower, "b")])
            {
                Assert.Equal(GroupError.None, await present.HeartbeatAsync(member, 2));
                Assert.Equal(part, Encoding.UTF8.GetString((await present.SyncAsync(member, 2)).Assignment.Span));
                Assert.Equal(GroupError.None, await present.CommitAsync(Commit(epoch, member, 2)));
            }
        }

        Assert.Equal((2, 7), ((await world.GroupAsync())!.Generation, await present.OffsetAsync()));
    });

    [Fact]
    public void Sessions_begin_anew_with_the_take_over() => Run(async world =>
    {
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        await world.PassAsync(9);
        old.StepDown();
        var next = await world.NewBrokerAsync(epoch: 2);
        await world.PassAsync(9);
        Assert.Equal(GroupError.None, await next.HeartbeatAsync(leader, 2));

        await world.PassAsync(3);

        Assert.Equal(GroupError.RebalanceInProgress, await next.HeartbeatAsync(leader, 2));
        Assert.Equal(GroupError.UnknownMemberId, await next.HeartbeatAsync(follower, 2));
    });

    [Fact]
    public void Members_whose_coordinator_died_before_it_had_their_assignments_bring_them_to_the_next_one() => Run(async world =>
    {
        var old = await world.NewBrokerAsync();
        var (id, joining) = await old.EnterAsync();
        Assert.Equal(1, (await joining).GenerationId);
        old.StepDown();
        var next = await world.NewBrokerAsync(epoch: 2);

        Assert.Equal(GroupError.RebalanceInProgress, await next.CommitAsync(Commit(1, id, 1)));
        var synced = await next.SyncAsync(id, 1, null, (id, "all"));

        Assert.Equal((GroupError.None, "all"), (synced.Error, Encoding.UTF8.GetString(synced.Assignment.Span)));
        Assert.Equal(GroupError.None, await next.CommitAsync(Commit(1, id, 1)));
    });

    [Fact]
    public void Members_that_died_with_their_coordinator_end_though_nobody_asks() => Run(async world =>
    {
        var (old, _, _) = await JoinTests.TwoAsync(world);
        old.StepDown();
        await world.NewBrokerAsync(epoch: 2);

        await world.PassAsync(20);

        var register = await world.GroupAsync();
        Assert.Equal((3, 0), (register!.Generation, register.Members.Length));
    });

    [Fact]
    public void A_deposed_coordinator_that_does_not_know_it_commits_nothing_and_steps_down() => Run(async world =>
    {
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        await old.CommitAsync(Commit(5, leader, 2));
        var next = await world.NewBrokerAsync(epoch: 2);
        Assert.Equal(GroupError.None, await next.CommitAsync(Commit(50, leader, 2)));

        Assert.Equal(GroupError.None, await old.HeartbeatAsync(follower, 2)); // It cannot know yet.
        Assert.Equal(GroupError.NotCoordinator, await old.CommitAsync(Commit(6, leader, 2)));

        Assert.Equal(GroupError.NotCoordinator, await old.HeartbeatAsync(follower, 2));
        Assert.Equal(50, await next.OffsetAsync());
    });

    [Fact]
    public void A_deposed_coordinator_forms_no_generation() => Run(async world =>
    {
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        var next = await world.NewBrokerAsync(epoch: 2);
        var onNext = Task.WhenAll(next.JoinAsync(Join(leader)), next.JoinAsync(Join(follower)));
        Assert.All(await onNext, j => Assert.Equal(3, j.GenerationId));

        var onOld = Task.WhenAll(old.JoinAsync(Join(leader)), old.JoinAsync(Join(follower)));

        Assert.All(await onOld, j => Assert.Equal(GroupError.NotCoordinator, j.Error));
        Assert.Equal(3, (await world.GroupAsync())!.Generation);
    });

    [Fact]
    public void What_a_coordinator_decided_before_it_was_deposed_never_takes_effect_after_that() => Run(async world =>
    {
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        var gate = new TaskCompletionSource();
        old.BeforePut = () => gate.Task; // Decided, and not in the store yet.
        var onOld = Task.WhenAll(old.JoinAsync(Join(leader)), old.JoinAsync(Join(follower)));
        await IdleAsync();
        var next = await world.NewBrokerAsync(epoch: 2);

        gate.SetResult();

        Assert.All(await onOld, j => Assert.Equal(GroupError.NotCoordinator, j.Error));
        Assert.Equal(2, (await world.GroupAsync())!.Generation);
        Assert.Equal(GroupError.None, await next.HeartbeatAsync(leader, 2));
    });

    [Fact]
    public void What_a_coordinator_decided_before_it_was_deposed_does_not_take_effect_when_it_has_regained_its_shard() => Run(async world =>
    {
        world.FlushInterval = TimeSpan.FromMilliseconds(250);
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        await world.PassAsync(0.25);
        Assert.Equal(GroupError.None, await old.CommitAsync(Commit(1, leader, 2)));
        var late = old.Shard.Write(1, CommitOf("g", 5), isUrgent: false); // It waits for company.
        var next = await world.NewBrokerAsync(epoch: 2);
        Assert.Equal(GroupError.None, await next.CommitAsync(Commit(50, follower, 2)));
        await old.TakeAsync(epoch: 3);
        Assert.False(late.Outcome.IsCompleted);

        await world.PassAsync(0.25);

        Assert.Equal(new GroupWriteOutcome(CommitResult.Withdrawn, GroupRefusal.OtherEpoch), await late.Outcome);
        Assert.Equal(50, await old.OffsetAsync());
        Assert.Equal(GroupError.None, await old.HeartbeatAsync(leader, 2));
        await world.PassAsync(0.25);
        Assert.Equal(GroupError.None, await old.CommitAsync(Commit(51, leader, 2)));
    });

    [Fact]
    public void Members_that_wait_when_the_lease_is_lost_are_sent_on() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        await broker.SettleOneAsync();
        var (_, joining) = await broker.EnterAsync();
        broker.StepDown();
        await world.PassAsync(2);
        Assert.Equal(GroupError.NotCoordinator, (await joining).Error);
    });

    [Fact]
    public void A_caller_who_looked_before_the_lease_was_lost_and_taken_again_does_not_replace_the_group_of_the_later_epoch() =>
    Run(async world =>
    {
        var broker = await world.NewBrokerAsync(epoch: 3);
        var table = broker.NewTable();
        const int earlier = 1, later = 3;
        Assert.Equal(GroupError.None, await CallAsync(later));
        var group = table.Find("g");

        Assert.Equal(GroupError.NotCoordinator, await CallAsync(earlier));

        Assert.Equal(GroupError.None, await CallAsync(later));
        Assert.Same(group, table.Find("g"));
        await table.DrainAsync(CancellationToken.None);

        ValueTask<GroupError> CallAsync(int epoch) =>
            table.CallAsync(
                "g", epoch, () => new GroupWork<GroupError>(static (_, reply) => reply.Send(GroupError.None), static e => e), Token);
    });

    [Fact]
    public void While_a_coordinator_ends_and_still_writes_callers_are_sent_on_at_once() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var id = await broker.SettleOneAsync();
        var gate = new TaskCompletionSource();
        broker.BeforePut = () => gate.Task;
        var commit = broker.CommitAsync(Commit(7, id, 1));
        await IdleAsync();
        var draining = broker.Coordinator.DrainAsync(CancellationToken.None);
        await IdleAsync();

        Assert.Equal(GroupError.NotCoordinator, await broker.HeartbeatAsync(id, 1));

        Assert.False(commit.IsCompleted);
        gate.SetResult();
        await draining;
        Assert.Equal(GroupError.None, await commit);
        Assert.Equal(7, await (await world.NewBrokerAsync(epoch: 2)).OffsetAsync());
    });

    [Fact]
    public void A_generation_is_in_the_register_before_a_member_hears_of_it() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var gate = new TaskCompletionSource();
        var (id, joining) = await WithHeldPutsAsync(broker, gate);
        Assert.False(joining.IsCompleted);
        Assert.Equal(0, (await world.GroupAsync())?.Generation ?? 0);

        gate.SetResult();

        Assert.Equal(1, (await joining).GenerationId);
        Assert.Equal([id], (await world.GroupAsync())!.Members.Select(m => m.Id));
    });

    [Fact]
    public void A_generation_whose_coordinator_died_before_it_had_told_of_it_is_announced_by_the_next_one() => Run(async world =>
    {
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        // The write takes effect and the coordinator never hears of it.
        old.Plan = o => o == StoreOperation.Put ? StoreFault.LostReply : StoreFault.Unavailable;
        var rejoining = old.JoinAsync(Join(leader));
        await old.LeaveAsync(new LeavingMember(follower));
        await IdleAsync();
        Assert.Equal(3, (await world.GroupAsync())!.Generation);
        var next = await world.NewBrokerAsync(epoch: 2);

        Assert.Equal(GroupError.IllegalGeneration, await next.HeartbeatAsync(leader, 2));
        Assert.Equal(3, (await next.JoinAsync(Join(leader))).GenerationId);

        old.StepDown();
        await world.PassAsync(20);
        Assert.NotEqual(GroupError.None, (await rejoining).Error);
    });

    [Theory]
    [InlineData(StoreFault.LostReply)]
    [InlineData(StoreFault.LostRequest)]
    [InlineData(StoreFault.Throttled)]
    [InlineData(StoreFault.Unavailable)]
    public void One_failed_call_to_the_store_is_nobodys_concern(StoreFault fault) => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var faults = 1;
        broker.Plan = o => o == StoreOperation.Put && faults-- > 0 ? fault : StoreFault.None;
        var (id, joining) = await broker.EnterAsync();
        await world.PassAsync(1);
        Assert.Equal((GroupError.None, 1), ((await joining).Error, (await joining).GenerationId));
        await broker.SyncAsync(id, 1, null, (id, "a"));

        faults = 1;
        var commit = broker.CommitAsync(Commit(7, id, 1));
        await world.PassAsync(1);

        Assert.Equal(GroupError.None, await commit);
        Assert.Equal(7, await broker.OffsetAsync());
    });

    [Fact]
    public void While_the_store_is_away_joins_and_commits_are_told_to_come_again_and_members_live_on() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var id = await broker.SettleOneAsync(Join(sessionSeconds: 60));
        broker.Plan = _ => StoreFault.Unavailable;
        var commit = broker.CommitAsync(Commit(7, id, 1));
        Assert.Equal(GroupError.None, await broker.HeartbeatAsync(id, 1));
        await world.PassAsync(20);
        Assert.Equal(GroupError.RequestTimedOut, await commit);
        var rejoining = broker.JoinAsync(Join(id, sessionSeconds: 60));
        await world.PassAsync(20);
        Assert.Equal(GroupError.CoordinatorNotAvailable, (await rejoining).Error);

        broker.Plan = _ => StoreFault.None;

        rejoining = broker.JoinAsync(Join(id, sessionSeconds: 60));
        await world.PassAsync(5);
        Assert.Equal((GroupError.None, 3), ((await rejoining).Error, (await rejoining).GenerationId)); // Nobody heard of the second.
        await broker.SyncAsync(id, 3, null, (id, "a"));
        Assert.Equal(GroupError.None, await broker.CommitAsync(Commit(8, id, 3)));
        Assert.Equal(8, await broker.OffsetAsync());
    });

    [Fact]
    public void A_commit_whose_outcome_nobody_knows_is_answered_retriably_and_the_next_one_stands() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        await broker.CommitAsync(Commit(1));
        broker.Plan = o => o == StoreOperation.Put ? StoreFault.Delayed : StoreFault.Unavailable;
        var commit = broker.CommitAsync(Commit(7));
        await world.PassAsync(20);
        Assert.Equal(GroupError.RequestTimedOut, await commit);

        broker.Plan = _ => StoreFault.None;
        var next = broker.CommitAsync(Commit(8));
        await world.PassAsync(3);
        Assert.Equal(GroupError.None, await next);
        await broker.Store.ReleaseDelayedAsync();

        Assert.Equal(8, await broker.OffsetAsync());
    });

    [Fact]
    public void A_commit_that_took_effect_unheard_is_not_repeated_over_a_later_one() => Run(async world =>
    {
        var (broker, function) = (await world.NewBrokerAsync(), await world.NewBrokerAsync(holdsLeases: false));
        await broker.CommitAsync(Commit(1));
        broker.Plan = o => o == StoreOperation.Put ? StoreFault.LostReply : StoreFault.Unavailable;
        var commit = broker.CommitAsync(Commit(7));
        await IdleAsync();
        Assert.Equal(GroupError.None, await function.CommitAsync(Commit(9)));
        broker.Plan = _ => StoreFault.None;
        await world.PassAsync(5);

        Assert.Equal(GroupError.None, await commit);
        Assert.Equal(9, await broker.OffsetAsync());
    });

    [Fact]
    public void A_coordinator_finds_out_what_a_function_committed_or_deleted() => Run(async world =>
    {
        var (broker, function) = (await world.NewBrokerAsync(), await world.NewBrokerAsync(holdsLeases: false));
        await broker.CommitAsync(Commit(1));
        Assert.Equal(GroupError.None, await function.CommitAsync(Commit(20)));
        Assert.Equal(20, await broker.OffsetAsync());
        Assert.Equal(GroupError.None, await broker.CommitAsync(Commit(3, partition: 1)));
        Assert.Equal((20L, 3L), (await function.OffsetAsync(), await function.OffsetAsync(1)));

        Assert.Equal(GroupError.None, await function.Coordinator.DeleteAsync("g", anywhere: false, Token));
        Assert.Equal(GroupError.None, await broker.CommitAsync(Commit(4, partition: 1)));

        Assert.Equal((-1L, 4L), (await broker.OffsetAsync(), await broker.OffsetAsync(1)));
        Assert.Equal(GroupError.UnknownMemberId, await CommitBesideMembersAsync(broker, function));
    });

    [Fact]
    public void A_drained_coordinator_stores_what_it_took_and_sends_its_members_on() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var member = await broker.SettleOneAsync();
        var (_, joining) = await broker.EnterAsync();
        var commit = broker.CommitAsync(Commit(7, member, 1));
        await broker.Coordinator.DrainAsync(Token);
        Assert.Equal(GroupError.NotCoordinator, (await joining).Error);
        Assert.Equal(GroupError.None, await commit);
        Assert.Equal(GroupError.NotCoordinator, await broker.HeartbeatAsync(member, 1));
        Assert.Equal(7, (await world.GroupAsync())!.Offsets.Single().Value.Offset);
    });

    private static OffsetsCommitted CommitOf(string group, long offset) => new(
        group, StoredGroup.NoOffsets.Add(new PartitionId(Guid.Empty, 0), new StoredOffset(offset, -1, 5, "")));

    private static async Task<GroupError> CommitBesideMembersAsync(GroupBroker broker, GroupBroker function)
    {
        await broker.SettleOneAsync();
        return await function.CommitAsync(Commit(1));
    }

    private static async Task<(string Id, Task<JoinGroupResult> Joined)> WithHeldPutsAsync(GroupBroker broker, TaskCompletionSource gate)
    {
        broker.BeforePut = () => gate.Task;
        return await broker.EnterAsync();
    }
}
