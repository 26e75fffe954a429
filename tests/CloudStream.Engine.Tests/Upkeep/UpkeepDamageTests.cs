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
            world.FlushOnPaper(world.Time.NowMs, (0, 5_000_000));
            world.FlushOnPaper(world.Time.NowMs, (1, 5_000_000));
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
