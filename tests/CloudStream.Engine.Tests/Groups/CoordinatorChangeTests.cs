using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Membership;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Storage.Faults;
using static CloudStream.Engine.Tests.Groups.GroupWorld;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>Coordinators that die, are deposed, and do not know it yet.</summary>
public sealed class CoordinatorChangeTests
{
    [Fact]
    public void Members_survive_a_change_of_coordinator_commit_meanwhile_and_join_a_later_generation() => Run(async world =>
    {
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        old.Hold(0);
        var next = world.NewBroker(epoch: 2);

        Assert.Equal(GroupError.NotCoordinator, await old.HeartbeatAsync(leader, 2));
        Assert.Equal(GroupError.RebalanceInProgress, await next.HeartbeatAsync(leader, 2));
        Assert.Equal(GroupError.None, await next.CommitAsync(Commit(11, follower, 2)));
        Assert.Equal(GroupError.RebalanceInProgress, (await next.SyncAsync(follower, 2)).Error);
        var rejoining = next.JoinAsync(Join(leader));
        var other = await next.JoinAsync(Join(follower));

        Assert.Equal((GroupError.None, 3), (other.Error, other.GenerationId));
        Assert.Equal(3, (await rejoining).GenerationId);
        Assert.Equal(11, await next.OffsetAsync());
    });

    [Fact]
    public void Members_that_died_with_their_coordinator_end_though_nobody_asks() => Run(async world =>
    {
        var (old, _, _) = await JoinTests.TwoAsync(world);
        old.Hold(0);
        world.NewBroker(epoch: 2);

        await world.PassAsync(20);

        var register = await world.RegisterAsync();
        Assert.Equal((3, 0), (register!.Generation, register.Members.Length));
    });

    [Fact]
    public void A_deposed_coordinator_that_does_not_know_it_commits_nothing_and_steps_down() => Run(async world =>
    {
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        await old.CommitAsync(Commit(5, leader, 2));
        var next = world.NewBroker(epoch: 2);
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
        var next = world.NewBroker(epoch: 2);
        var onNext = Task.WhenAll(next.JoinAsync(Join(leader)), next.JoinAsync(Join(follower)));
        Assert.All(await onNext, j => Assert.Equal(3, j.GenerationId));

        var onOld = Task.WhenAll(old.JoinAsync(Join(leader)), old.JoinAsync(Join(follower)));

        Assert.All(await onOld, j => Assert.Equal(GroupError.NotCoordinator, j.Error));
        Assert.Equal(3, (await world.RegisterAsync())!.Generation);
    });

    [Fact]
    public void A_coordinator_that_was_overtaken_by_its_predecessor_before_its_first_write_takes_no_commit_of_the_former_generation() =>
    Run(async world =>
    {
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        var next = world.NewBroker(epoch: 2);
        Assert.Equal(GroupError.RebalanceInProgress, await next.HeartbeatAsync(leader, 2)); // It has loaded generation 2.
        var onOld = Task.WhenAll(old.JoinAsync(Join(leader)), old.JoinAsync(Join(follower)));
        Assert.All(await onOld, j => Assert.Equal(3, j.GenerationId));
        Assert.Equal(GroupError.None, (await old.SyncAsync(leader, 3, null, (leader, "a"))).Error);
        Assert.Equal(GroupError.None, await old.CommitAsync(Commit(50, leader, 3)));

        Assert.Equal(GroupError.CoordinatorLoadInProgress, await next.CommitAsync(Commit(11, follower, 2)));
        Assert.Equal(GroupError.IllegalGeneration, await next.CommitAsync(Commit(11, follower, 2)));

        Assert.Equal(50, await next.OffsetAsync());
        Assert.Equal(GroupError.None, await next.CommitAsync(Commit(51, leader, 3)));
        Assert.Equal(GroupError.NotCoordinator, await old.CommitAsync(Commit(12, leader, 3)));
    });

    [Fact]
    public void Members_that_wait_when_the_lease_is_lost_are_sent_on() => Run(async world =>
    {
        var broker = world.NewBroker();
        await broker.SettleOneAsync();
        var (_, joining) = await broker.EnterAsync();
        broker.Hold(0);
        await world.PassAsync(2);
        Assert.Equal(GroupError.NotCoordinator, (await joining).Error);
    });

    [Fact]
    public void A_caller_who_looked_before_the_lease_was_lost_and_taken_again_does_not_replace_the_group_of_the_later_claim() =>
    Run(async world =>
    {
        var broker = world.NewBroker(epoch: 3);
        var table = broker.NewTable();
        GroupClaim earlier = new(1, "0.x"), later = new(3, "0.x");
        Assert.Equal(GroupError.None, await CallAsync(later));
        var group = table.Find("g");

        Assert.Equal(GroupError.NotCoordinator, await CallAsync(earlier));

        Assert.Equal(GroupError.None, await CallAsync(later));
        Assert.Same(group, table.Find("g"));
        await table.DrainAsync(CancellationToken.None);

        ValueTask<GroupError> CallAsync(GroupClaim claim) =>
            table.CallAsync(
                "g", claim, () => new GroupWork<GroupError>(static (_, reply) => reply.Send(GroupError.None), static e => e), Token);
    });

    [Fact]
    public void While_a_coordinator_ends_and_still_writes_callers_are_sent_on_at_once() => Run(async world =>
    {
        var broker = world.NewBroker();
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
        Assert.Equal(7, await world.NewBroker(epoch: 2).OffsetAsync());
    });

    [Fact]
    public void A_generation_is_in_the_register_before_a_member_hears_of_it() => Run(async world =>
    {
        var broker = world.NewBroker();
        var gate = new TaskCompletionSource();
        var (id, joining) = await WithHeldPutsAsync(broker, gate);
        Assert.False(joining.IsCompleted);
        Assert.Equal(0, (await world.RegisterAsync())?.Generation ?? 0);

        gate.SetResult();

        Assert.Equal(1, (await joining).GenerationId);
        Assert.Equal([id], (await world.RegisterAsync())!.Members.Select(m => m.MemberId));
    });

    [Fact]
    public void A_coordinator_that_dies_after_it_wrote_a_generation_and_before_it_said_so_wastes_only_its_number() => Run(async world =>
    {
        var (old, leader, follower) = await JoinTests.TwoAsync(world);
        // The write takes effect and the coordinator never hears of it.
        old.Plan = o => o == StoreOperation.Put ? StoreFault.LostReply : StoreFault.Unavailable;
        var rejoining = old.JoinAsync(Join(leader));
        await old.LeaveAsync(new LeavingMember(follower));
        await IdleAsync();
        Assert.Equal(3, (await world.RegisterAsync())!.Generation);
        var next = world.NewBroker(epoch: 2);

        Assert.Equal(GroupError.IllegalGeneration, await next.HeartbeatAsync(leader, 2));
        Assert.Equal(4, (await next.JoinAsync(Join(leader))).GenerationId);

        old.Hold(0);
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
        var broker = world.NewBroker();
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
        var broker = world.NewBroker();
        var id = await broker.SettleOneAsync(Join(sessionSeconds: 60));
        broker.Plan = _ => StoreFault.Unavailable;
        var commit = broker.CommitAsync(Commit(7, id, 1));
        Assert.Equal(GroupError.None, await broker.HeartbeatAsync(id, 1));
        await world.PassAsync(20);
        Assert.Equal(GroupError.CoordinatorNotAvailable, await commit);
        var rejoining = broker.JoinAsync(Join(id, sessionSeconds: 60));
        await world.PassAsync(20);
        Assert.Equal(GroupError.CoordinatorNotAvailable, (await rejoining).Error);

        broker.Plan = _ => StoreFault.None;

        Assert.Equal(2, (await broker.JoinAsync(Join(id, sessionSeconds: 60))).GenerationId);
        await broker.SyncAsync(id, 2, null, (id, "a"));
        Assert.Equal(GroupError.None, await broker.CommitAsync(Commit(7, id, 2)));
    });

    [Fact]
    public void A_commit_whose_outcome_nobody_knows_is_answered_retriably_and_the_next_one_stands() => Run(async world =>
    {
        var broker = world.NewBroker();
        await broker.CommitAsync(Commit(1));
        broker.Plan = o => o == StoreOperation.Put ? StoreFault.Delayed : StoreFault.Unavailable;
        var commit = broker.CommitAsync(Commit(7));
        await world.PassAsync(20);
        Assert.Equal(GroupError.RequestTimedOut, await commit);

        broker.Plan = _ => StoreFault.None;
        Assert.Equal(GroupError.None, await broker.CommitAsync(Commit(8)));
        await broker.Store.ReleaseDelayedAsync();

        Assert.Equal(8, await broker.OffsetAsync());
    });

    [Fact]
    public void A_commit_that_took_effect_unheard_is_not_repeated_over_a_later_one() => Run(async world =>
    {
        var (broker, function) = (world.NewBroker(), world.NewBroker(holdsLeases: false));
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
        var (broker, function) = (world.NewBroker(), world.NewBroker(holdsLeases: false));
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
        var broker = world.NewBroker();
        var member = await broker.SettleOneAsync();
        var (_, joining) = await broker.EnterAsync();
        var commit = broker.CommitAsync(Commit(7, member, 1));
        await broker.Coordinator.DrainAsync(Token);
        Assert.Equal(GroupError.NotCoordinator, (await joining).Error);
        Assert.Equal(GroupError.None, await commit);
        Assert.Equal(GroupError.NotCoordinator, await broker.HeartbeatAsync(member, 1));
        Assert.Equal(7, (await world.RegisterAsync())!.Offsets.Single().Value.Offset);
    });

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
