using CloudStream.Log.Entries;
using CloudStream.Log.Health;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Upkeep;

/// <summary>Upkeep that meets damage says so once, does not spin, and gets on with the rest.</summary>
public sealed class UpkeepDamageTests
{
    [Fact]
    public async Task A_merge_that_finds_an_object_missing_names_the_offsets_that_lay_in_it()
    {
        using var world = new UpkeepWorld(2);
        var lost = world.Flush((0, 3), (1, 2));
        for (var i = 0; i < 70; i++)
            world.Flush((0, 1));
        await world.Store.Inner.DeleteAsync([lost.NameIn(0)], UpkeepWorld.Token);
        var upkeep = world.NewUpkeep(world.NewShard());

        for (var i = 0; i < 3; i++)
            await upkeep.TickAsync(UpkeepWorld.Token);

        Assert.Equal(
            [
                $"The stored records of t/0 at offsets 0 to 2 cannot be read: the object {lost.NameIn(0)} is missing.",
                $"The stored records of t/1 at offsets 0 to 1 cannot be read: the object {lost.NameIn(0)} is missing.",
            ],
            world.Troubles.Report().Troubles.Select(t => t.Detail).Order());
        Assert.Contains(world.State.Objects.Values, o => o.Level > 0);
    }

    [Fact]
    public async Task Retention_that_cannot_read_a_page_of_one_partition_serves_the_others_and_says_so()
    {
        using var world = new UpkeepWorld(2);
        for (var i = 0; i < 3; i++)
        {
            world.FlushOnPaper(world.NowMs, (0, 5_000_000));
            world.FlushOnPaper(world.NowMs, (1, 5_000_000));
        }

        var page = IndexPage.OfSlices(0, 0, [.. world.State.Partitions[0].Recent.Take(2)]);
        var reference = world.NewShard().NewObject(ObjectKind.Page);
        world.Register.Commit(new PageEntry(0, 0, page.ToRef(reference), 0)); // And never stored.
        world.Policy = new RetentionPolicy(-1, 6_000_000);
        var upkeep = world.NewUpkeep(world.NewShard());

        await upkeep.TickAsync(UpkeepWorld.Token);

        Assert.Equal((0, 10), (world.State.Partitions[0].LogStartOffset, world.State.Partitions[1].LogStartOffset));
        var trouble = Assert.Single(world.Troubles.Report().Troubles);
        Assert.Equal((TroubleKind.Damage, true), (trouble.Kind, trouble.Detail.Contains(reference.NameIn(0), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Merges_and_retention_go_on_over_a_loss_that_was_accepted_and_nobody_is_troubled()
    {
        using var world = new UpkeepWorld(2);
        world.Flush((0, 1), (1, 1));
        var lost = world.Flush((0, 3), (1, 2));
        for (var i = 0; i < 80; i++)
            world.Flush((0, 1), (1, 1));
        await world.Store.Inner.DeleteAsync([lost.NameIn(0)], UpkeepWorld.Token);
        var shard = world.NewShard();
        await world.NewUpkeep(shard).TickAsync(UpkeepWorld.Token);
        Assert.True(world.Troubles.Report().IsDegraded);

        world.Register.Commit(new LossAcceptedEntry(0, 0, 1, 4, "Ada"));
        world.Register.Commit(new LossAcceptedEntry(0, 1, 1, 3, "Ada"));
        await shard.RefreshAsync(UpkeepWorld.Token);
        Assert.False(world.Troubles.Report().IsDegraded);
        for (var i = 0; i < 80; i++)
            world.Flush((0, 1), (1, 1));
        var fresh = world.NewUpkeep(world.NewShard());
        while (await fresh.TickAsync(UpkeepWorld.Token))
        {
        }

        Assert.False(world.Troubles.Report().IsDegraded);
        Assert.InRange(world.State.Objects.Count, 2, 63);
        Assert.Equal([(1, 4)], world.State.Partitions[0].Recent.Where(s => s.Object == lost).Select(s => (s.BaseOffset, s.EndOffset)));
        world.Policy = new RetentionPolicy(-1, 0);
        world.Time.Advance(TimeSpan.FromHours(1));
        await world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token);
        Assert.All(world.State.Partitions.Values, p => Assert.Equal((p.EndOffset, 0), (p.LogStartOffset, p.Losses.Length)));
        Assert.DoesNotContain(lost, world.State.Objects.Keys);
    }

    [Fact]
    public async Task Retention_takes_an_index_page_that_was_given_up_when_it_is_old()
    {
        using var world = new UpkeepWorld(1);
        for (var i = 0; i < 3; i++)
            world.FlushOnPaper(world.NowMs, (0, 5_000_000));
        var page = IndexPage.OfSlices(0, 0, [.. world.State.Partitions[0].Recent.Take(2)]);
        var reference = world.NewShard().NewObject(ObjectKind.Page);
        world.Register.Commit(new PageEntry(0, 0, page.ToRef(reference), 0)); // And never stored.
        world.Register.Commit(new TrimEntry(0, 0, 5, []));
        world.Register.Commit(new LossAcceptedEntry(0, 0, 5, 20, "Ada"));
        world.Policy = new RetentionPolicy(-1, 5_000_000);

        await world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token);

        Assert.Equal((20, 0), (world.State.Partitions[0].LogStartOffset, world.State.Partitions[0].Losses.Length));
        Assert.False(world.Troubles.Report().IsDegraded);
    }

    [Fact]
    public async Task A_step_that_fails_is_said_once_tried_less_and_less_often_and_said_to_be_over()
    {
        using var world = new UpkeepWorld(1);
        for (var i = 0; i < 40; i++)
            world.Flush((0, 1));
        var upkeep = world.NewUpkeep(world.NewShard());
        var tries = 0;
        world.Store.BeforePut = _ =>
        {
            tries++;
            throw new CloudStream.Storage.StoreException(CloudStream.Storage.StoreErrorKind.Refused, "no room");
        };

        for (var second = 0; second < 600; second++)
        {
            await upkeep.TickAsync(UpkeepWorld.Token);
            world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(tries, 10, 20);
        Assert.Equal("Merge of shard 0 fails and is tried again: no room.", Assert.Single(world.Troubles.Report().Troubles).Detail);

        world.Store.BeforePut = null;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await upkeep.TickAsync(UpkeepWorld.Token);
        Assert.False(world.Troubles.Report().IsDegraded);
    }
}
