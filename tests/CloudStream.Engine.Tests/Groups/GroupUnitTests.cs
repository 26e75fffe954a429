using System.Diagnostics;
using System.Globalization;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Groups;
using CloudStream.Log.State;
using static CloudStream.Engine.Tests.Groups.GroupWorld;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>What groups cost on a store that bills by the request, counted at the store's boundary in virtual time.</summary>
public sealed class GroupUnitTests
{
    private static readonly TimeSpan s_spacing = TimeSpan.FromMilliseconds(250);

    private static readonly int[] s_ten = [.. Enumerable.Range(0, 10)];

    [Fact]
    public void A_thousand_groups_that_commit_ten_partitions_every_five_seconds_cost_at_most_60_write_units_a_second() => Run(async world =>
    {
        const int Groups = 1000, Rounds = 2;
        world.FlushInterval = s_spacing;
        await world.CreateTopicAsync("ten", 10);
        var broker = await world.NewBrokerAsync();
        await CommitAllAsync(world, broker, Groups); // What a first commit needs besides is not counted.
        var (units, puts, objects) = (broker.Bill.Written, broker.Puts, broker.Objects.Put.Count);
        for (var round = 0; round < Rounds; round++)
            await CommitAllAsync(world, broker, Groups);

        var perSecond = (broker.Bill.Written - units) / (Rounds * 5.0);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{perSecond:f1} write units, {(broker.Puts - puts) / (Rounds * 5.0):f1} writes and "
                + $"{(broker.Objects.Put.Count - objects) / (Rounds * 5.0):f2} objects a second"));
        Assert.InRange(perSecond, 1, 60);
        Assert.Equal(10 * Groups, (await world.StateAsync()).Groups.Values.Sum(g => g.Offsets.Count));
    });

    [Fact]
    public void A_thousand_groups_that_commit_at_once_share_one_object_and_a_small_slot() => Run(async world =>
    {
        world.FlushInterval = s_spacing;
        await world.CreateTopicAsync("ten", 10);
        var broker = await world.NewBrokerAsync();
        await broker.CommitAsync(Commit(1));
        var (units, objects) = (broker.Bill.Written, broker.Objects.Put.Count);

        var commits = Enumerable.Range(0, 1000).Select(i => broker.CommitAsync(TenOf(i))).ToArray();
        await world.PassAsync(s_spacing);

        Assert.All(await Task.WhenAll(commits), e => Assert.Equal(GroupError.None, e));
        Assert.Equal((1, 1), (broker.Bill.Written - units, broker.Objects.Put.Count - objects));
    });

    [Fact]
    public void A_lone_commit_waits_for_nothing_and_the_next_one_keeps_the_spacing() => Run(async world =>
    {
        world.FlushInterval = s_spacing;
        var broker = await world.NewBrokerAsync();
        var first = broker.CommitAsync(Commit(1));
        await IdleAsync();
        Assert.True(first.IsCompleted);

        var second = broker.CommitAsync(Commit(2));
        await world.PassAsync(TimeSpan.FromMilliseconds(249));
        Assert.False(second.IsCompleted);
        await world.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.True(second.IsCompleted);

        await world.PassAsync(s_spacing);
        var third = broker.CommitAsync(Commit(3));
        await IdleAsync();
        Assert.True(third.IsCompleted);
    });

    [Fact]
    public void Generations_do_not_keep_the_spacing_and_take_along_what_waits() => Run(async world =>
    {
        world.FlushInterval = s_spacing;
        var broker = await world.NewBrokerAsync();
        await broker.CommitAsync(Commit(1) with { GroupId = "other" });
        var waiting = broker.CommitAsync(Commit(2) with { GroupId = "other" });
        await IdleAsync();
        Assert.False(waiting.IsCompleted);

        await broker.SettleOneAsync();

        Assert.True(waiting.IsCompleted);
        Assert.Equal(2, await broker.OffsetAsync(group: "other"));
    });

    [Fact]
    public void Each_offset_that_is_committed_advances_the_virtual_partition_of_its_group() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        await broker.CommitAsync(Commit(1));
        await broker.CommitAsync(Commit(1));
        await world.CreateTopicAsync("ten", 10);
        await broker.CommitAsync(TenOf(7));

        var ends = (await world.StateAsync()).OffsetsTopicEnds;

        Assert.Equal(50, ends.Length);
        Assert.Equal((2L, 10L, 12L), (ends[GroupTransition.OffsetsTopicPartitionOf("g")],
            ends[GroupTransition.OffsetsTopicPartitionOf("group-7")], ends.Sum()));
    });

    [Fact]
    public void Ten_thousand_groups_of_five_members_load_in_a_moment()
    {
        var state = ShardState.Empty(1) with { Version = 1, Epoch = 1, Holder = "0.x" };
        for (var i = 0; i < 10_000; i++)
            state = GroupTransition.Apply(state, new GroupsEntry(1_700_000_000_000, 1, FiveMembers($"group-{i}")));

        var bytes = CheckpointCodec.Encode(state);
        var watch = Stopwatch.StartNew();
        var loaded = CheckpointCodec.Decode(bytes.Span, "a checkpoint");

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"10,000 groups with 5 members and 10 offsets: {bytes.Length / 1024.0 / 1024:f1} MiB, {bytes.Length / 10_000} bytes a group, "
                + $"loaded in {watch.ElapsedMilliseconds} ms"));
        Assert.Equal((10_000, 50_000, 100_000L), (loaded.Groups.Count, loaded.Groups.Values.Sum(g => g.Members.Length),
            loaded.OffsetsTopicEnds.Sum()));
        Assert.True(CheckpointCodec.Encode(loaded).Span.SequenceEqual(bytes.Span));
    }

    private static System.Collections.Immutable.ImmutableArray<GroupChange> FiveMembers(string group)
    {
        var topic = new Guid("00112233-4455-6677-8899-aabbccddeeff");
        var members = Enumerable.Range(0, 5).Select(i => new StoredMember(
            $"consumer-{group}-{i}-{new Guid(i, 2, 3, [4, 5, 6, 7, 8, 9, 1, 2])}", null, $"consumer-{i}", "/192.168.0.17", 45_000, 300_000,
            [new StoredProtocol("range", Subscription("ten"))], default));
        var assignment = new ConsumerAssignment { Partitions = [new TopicPartition("ten", 1), new TopicPartition("ten", 2)] }.Write();
        return
        [
            new GenerationFormed(group, 1, "consumer", "range", "m", [.. members]),
            new GenerationAssigned(group, 1, [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(assignment, 5)]),
            new OffsetsCommitted(group, StoredGroup.NoOffsets.SetItems(s_ten.Select(
                i => KeyValuePair.Create(new PartitionId(topic, i), new StoredOffset(1_000_000 + i, 0, 1_700_000_000_000, ""))))),
        ];
    }

    private static CommitOffsetsRequest TenOf(int group) => new()
    {
        GroupId = $"group-{group}",
        Offsets = [.. s_ten.Select(p => new OffsetCommit(new TopicPartition("ten", p), 1_000_000 + p))],
    };

    // Spread over five seconds.
    private static async Task CommitAllAsync(GroupWorld world, GroupBroker broker, int groups)
    {
        var commits = new List<Task<GroupError>>(groups);
        for (var i = 0; i < groups; i++)
        {
            commits.Add(broker.CommitAsync(TenOf(i)));
            await world.PassAsync(TimeSpan.FromSeconds(5) / groups);
        }

        await world.PassAsync(s_spacing);
        Assert.All(await Task.WhenAll(commits), e => Assert.Equal(GroupError.None, e));
    }
}
