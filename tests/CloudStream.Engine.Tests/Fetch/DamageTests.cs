using CloudStream.Log.Calls;
using CloudStream.Log.Health;
using CloudStream.Log.Reading;
using CloudStream.Storage;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>Stored records that are missing or damaged: said to readers, once to people, and the store is left in peace.</summary>
public sealed class DamageTests
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(1);

    [Fact]
    public void Readers_of_several_partitions_are_told_which_offsets_are_missing() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(5)]);
        var lost = await world.FlushAsync([FetchWorld.Batch(3), FetchWorld.Batch(4)]);
        await world.Store.DeleteAsync([lost.NameIn(3)], FetchWorld.Token);

        using var result = await FetchManyAsync(world, 6);

        Assert.Equal((ErrorCode.CorruptStorage, 12L, 0L), (result.Error, result.HighWatermark, result.LogStartOffset));
        Assert.Equal(new DamagedRange(5, 12, lost.NameIn(3)), result.Damage);
    });

    [Fact]
    public void A_reader_that_comes_again_and_again_does_not_make_the_store_be_asked_again_and_again() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        var lost = await world.FlushAsync([FetchWorld.Batch(3)]);
        await world.Store.DeleteAsync([lost.NameIn(3)], FetchWorld.Token);
        (await FetchManyAsync(world, 0)).Dispose();
        var reads = world.Store.Reads;

        for (var second = 0; second < 3600; second += 10)
        {
            for (var i = 0; i < 10; i++)
            {
                using var result = i % 2 == 0 ? await FetchManyAsync(world, 0) : await world.FetchAsync(0);
                Assert.Equal(ErrorCode.CorruptStorage, result.Error);
            }

            world.Time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.InRange(world.Store.Reads - reads, 3600 / 70, 3600 / 60 + 10);
    });

    [Fact]
    public void Damage_is_one_trouble_however_often_it_is_met_and_ends_when_the_object_is_back() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        var lost = await world.FlushAsync([FetchWorld.Batch(3)]);
        var isLost = true;
        world.Store.BeforeRead = _ => isLost ? throw WatchedStore.Failure(StoreErrorKind.NotFound) : Task.CompletedTask;
        for (var i = 0; i < 5; i++)
        {
            (await world.FetchAsync(0)).Dispose();
            world.Time.Advance(s_longestPause);
        }

        Assert.Equal(1, world.Counter("cloudstream.troubles.begun"));
        var trouble = Assert.Single(world.Troubles.Report().Troubles);
        Assert.Equal(TroubleKind.Damage, trouble.Kind);
        Assert.Equal($"The stored records of t/0 at offsets 0 to 2 cannot be read: the object {lost.NameIn(3)} is missing.",
            trouble.Detail);

        isLost = false;
        using var found = await world.FetchAsync(0);

        Assert.Equal(world.Expect(0), FetchWorld.Join(found.Pieces));
        Assert.Same(HealthReport.Sound, world.Troubles.Report());
    });

    [Fact]
    public void Damage_that_the_log_has_left_behind_is_over() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(3)]);
        world.Store.Damage = (_, _, bytes) => bytes.Span[^1] ^= 1;
        (await world.FetchAsync(1)).Dispose();
        Assert.True(world.Troubles.Report().IsDegraded);

        world.Trim(3);

        Assert.False(world.Troubles.Report().IsDegraded);
    });

    [Fact]
    public void A_missing_index_page_is_named_with_everything_that_it_describes() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        for (var i = 0; i < 3; i++)
            await world.FlushAsync([FetchWorld.Batch(10)]);
        await world.PageAsync(2);
        var page = world.State.Pages[0].Page.NameIn(3);
        await world.Store.DeleteAsync([page], FetchWorld.Token);

        using var one = await world.FetchAsync(12);
        using var many = await FetchManyAsync(world, 12);
        var time = await world.ListAsync(OffsetSpec.AtOrAfter(0));

        Assert.Equal((new DamagedRange(0, 20, page), new DamagedRange(0, 20, page)), (one.Damage, many.Damage));
        Assert.Equal(ErrorCode.CorruptStorage, time.Error);
    });

    private static async Task<FetchResult> FetchManyAsync(FetchWorld world, long offset)
    {
        return (await world.Reader.Several.FetchAsync(
            [new FetchTarget(world.Shard, FetchWorld.Partition, offset, 1 << 20)], new FetchOptions(), FetchWorld.Token))[0];
    }
}
