using System.Collections.Immutable;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;
using CloudStream.Log.Journal;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using static CloudStream.Engine.Tests.Groups.GroupWorld;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>What is too large for a slot lies in an object that the slot names.</summary>
public sealed class LargeGroupTests
{
    private static readonly Guid s_topic = new("00112233-4455-6677-8899-aabbccddeeff");

    [Fact]
    public void A_group_commits_a_hundred_thousand_partitions_at_once_and_whoever_comes_next_finds_them() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var offsets = Offsets(100_000, "");

        Assert.Equal(CommitResult.Applied, await WriteAsync(broker, new OffsetsCommitted("g", offsets)));
        Assert.Equal(CommitResult.Applied, await WriteAsync(broker, new OffsetsCommitted("g", Offsets(1, "again"))));

        Assert.Single(broker.Objects.Put, n => n[8] == (char)ObjectKind.Entry);
        Assert.Equal(100_000, (await world.GroupAsync())!.Offsets.Count);
        var next = await world.NewBrokerAsync(epoch: 2);
        Assert.Equal("again", next.Shard.FindGroup("g")!.Offsets[new PartitionId(s_topic, 0)].Metadata);
        Assert.Equal(100_001, next.Shard.State.OffsetsTopicEnds.Sum());
    });

    [Fact]
    public void A_group_commits_four_kilobytes_of_metadata_on_each_of_two_thousand_partitions() => Run(async world =>
    {
        await world.CreateTopicAsync("wide", 2000);
        var broker = await world.NewBrokerAsync();
        var metadata = new string('m', 4096);

        var result = await broker.Coordinator.CommitOffsetsAsync(new CommitOffsetsRequest
        {
            GroupId = "g",
            Offsets = [.. Enumerable.Range(0, 2000).Select(p => new OffsetCommit(new TopicPartition("wide", p), p, -1, metadata))],
        }, Token);

        Assert.All(result.Partitions, e => Assert.Equal(GroupError.None, e));
        var stored = (await world.GroupAsync())!.Offsets;
        Assert.Equal((2000, true), (stored.Count, stored.Values.All(o => o.Metadata == metadata)));
    });

    [Fact]
    public void A_slot_with_groups_stays_within_four_kilobytes_and_what_fills_it_does_not_wait() => Run(async world =>
    {
        world.FlushInterval = TimeSpan.FromMilliseconds(250);
        var broker = await world.NewBrokerAsync();
        await broker.CommitAsync(Commit(1));
        var units = broker.Bill.Written;

        var writes = Enumerable.Range(0, 60).Select(
            i => broker.Shard.Write(1, new OffsetsCommitted($"g{i}", Offsets(20, "")), isUrgent: false)).ToList();
        await IdleAsync();

        var done = writes.Count(w => w.Outcome.IsCompleted);
        Assert.InRange(done, 25, 35); // A slot full; the rest keeps the spacing.
        Assert.Equal(4, broker.Bill.Written - units);
        await world.PassAsync(0.25);
        Assert.All(writes, w => Assert.True(w.Outcome.IsCompleted));
    });

    [Fact]
    public void An_object_store_that_is_away_holds_up_a_large_change_for_a_while_and_small_ones_behind_it_no_longer() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        broker.Objects.BeforePut = name => name[8] == (char)ObjectKind.Entry
            ? throw new StoreException(StoreErrorKind.Unavailable, "away") : Task.CompletedTask;
        var large = broker.Shard.Write(1, new OffsetsCommitted("g", Offsets(1000, "")), isUrgent: false);
        await IdleAsync();
        var small = broker.Shard.Write(1, new OffsetsCommitted("h", Offsets(1, "")), isUrgent: false);

        await world.PassAsync(10);

        Assert.Equal((CommitResult.Failed, CommitResult.Applied), ((await large.Outcome).Result, (await small.Outcome).Result));
        Assert.Null(await world.GroupAsync());
    });

    [Fact]
    public void A_change_whose_object_the_sweep_has_voided_is_written_again_under_another_name() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        broker.Objects.BeforePut = async name =>
        {
            if (name[8] != (char)ObjectKind.Entry || broker.Shard.State.Horizon > 0)
                return;
            var newest = broker.Shard.State.Version;
            await broker.Shard.SubmitAsync(_ => new Log.Entries.HorizonEntry(0, newest + 1), Token);
        };

        Assert.Equal(CommitResult.Applied, await WriteAsync(broker, new OffsetsCommitted("g", Offsets(1000, ""))));

        Assert.Equal(2, broker.Objects.Put.Count(n => n[8] == (char)ObjectKind.Entry));
        Assert.Equal(1000, (await world.GroupAsync())!.Offsets.Count);
    });

    [Fact]
    public void The_object_of_an_entry_is_trash_from_its_commit_on() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        await WriteAsync(broker, new OffsetsCommitted("g", Offsets(1000, "")));

        var state = broker.Shard.State;

        var item = Assert.Single(state.Trash);
        Assert.Equal((ObjectKind.Entry, state.Version), (item.Object.Kind, item.Version));
    });

    private static ImmutableSortedDictionary<PartitionId, StoredOffset> Offsets(int count, string metadata) =>
        StoredGroup.NoOffsets.SetItems(Enumerable.Range(0, count).Select(
            i => KeyValuePair.Create(new PartitionId(s_topic, i), new StoredOffset(i, -1, 5, metadata))));

    private static async Task<CommitResult> WriteAsync(GroupBroker broker, GroupChange change) =>
        (await broker.Shard.Write(1, change, isUrgent: false).Outcome).Result;
}
