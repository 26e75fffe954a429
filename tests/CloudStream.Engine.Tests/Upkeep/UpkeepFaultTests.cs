using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Upkeep;

/// <summary>
/// Every store call and every commit of each kind of upkeep fails once, in each way, crashes included. Nothing that is referred to may ever
/// be missing, and when the faults are over a broker and a sweep leave exactly what is referred to.
/// </summary>
public sealed class UpkeepFaultTests
{
    [Fact]
    public Task Merges_survive_a_fault_at_every_call() => StrikeEverywhereAsync(6, world =>
    {
        var random = new Random(3);
        for (var i = 0; i < 70; i++)
            world.Flush(MergerTests.RandomFlush(random, 3));
    }, TickAsync);

    [Fact]
    public Task Pages_and_folds_survive_a_fault_at_every_call() => StrikeEverywhereAsync(8, world =>
    {
        ShortPages(world, 0, 66);
        PaperLog(world);
    }, TickAsync, readable: false);

    [Fact]
    public Task Retention_into_pages_survives_a_fault_at_every_call() => StrikeEverywhereAsync(8, PagedLog, (world, shard) =>
    {
        world.Policy = new RetentionPolicy(-1, 60 * 5_000_000L);
        return TickAsync(world, shard);
    }, readable: false);

    [Fact]
    public Task Trash_survives_a_fault_at_every_call() => StrikeEverywhereAsync(8, world =>
    {
        ShortPages(world, 1, 64);
        RunWithoutFaults(world);
        world.Register.Commit(new PartitionDeletedEntry(0, new PartitionId(UpkeepWorld.Topic, 1)));
        for (var i = 0; i < 40; i++)
            world.Flush((2, 1));
    }, async (world, shard) =>
    {
        // Merge, see the trash, wait, write the checkpoint that the trash needs, delete.
        var upkeep = world.NewUpkeep(shard);
        for (var i = 0; i < 4; i++)
        {
            await upkeep.TickAsync(UpkeepWorld.Token);
            world.Time.Advance(TimeSpan.FromMinutes(2));
        }
    }, readable: false);

    [Fact]
    public Task Sweeps_survive_a_fault_at_every_call() => StrikeEverywhereAsync(5, world =>
    {
        ShortPages(world, 0, 3);
        ShortPages(world, 1, 2);
        for (var i = 0; i < 33; i++)
            world.Flush((2, 1));
        for (var i = 0; i < 5; i++)
            world.Upload((2, 1));
        RunWithoutFaults(world);
        world.Upload((2, 1));
    }, async (world, shard) => await world.NewSweep().RunAsync([shard], UpkeepWorld.Token), readable: false);

    private static async Task TickAsync(UpkeepWorld world, TestShard shard)
    {
        var upkeep = world.NewUpkeep(shard);
        for (var i = 0; i < 3; i++)
            await upkeep.TickAsync(UpkeepWorld.Token);
    }

    // 5 MB each on paper: final as they are.
    private static void PaperLog(UpkeepWorld world)
    {
        for (var i = 0; i < 200; i++)
            world.FlushOnPaper(world.NowMs, (0, 5_000_000));
        for (var i = 0; i < 130; i++)
            world.FlushOnPaper(world.NowMs, (1, 5_000_000));
    }

    // Pages of one slice each: as many as a fold needs.
    private static void ShortPages(UpkeepWorld world, int slot, int pages)
    {
        for (var i = 0; i < pages; i++)
        {
            world.FlushOnPaper(world.NowMs, (slot, 5_000_000));
            var page = IndexPage.OfSlices(0, slot, [world.State.Partitions[slot].Recent[0]]);
            var reference = world.NewShard().NewObject(ObjectKind.Page);
            new PageStore(world.Store.Inner, 0).PutAsync(reference, page, UpkeepWorld.Token).AsTask().GetAwaiter().GetResult();
            world.Register.Commit(new PageEntry(0, slot, page.ToRef(reference), 0));
        }
    }

    private static void PagedLog(UpkeepWorld world)
    {
        PaperLog(world);
        RunWithoutFaults(world);
    }

    private static void RunWithoutFaults(UpkeepWorld world)
    {
        var (at, fault) = (world.Faults.StrikeAt, world.Faults.Fault);
        world.Faults.End();
        world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token).AsTask().GetAwaiter().GetResult();
        world.Faults.Begin(at, fault);
    }

    private static async Task StrikeEverywhereAsync(
        int fewestCalls, Action<UpkeepWorld> prepare, Func<UpkeepWorld, TestShard, Task> run, bool readable = true)
    {
        foreach (var fault in Enum.GetValues<Fault>())
        {
            var hasStruck = true;
            var call = 0;
            for (; hasStruck; call++)
            {
                using var world = new UpkeepWorld(3);
                prepare(world);
                world.Faults.Begin(call, fault);
                try
                {
                    await run(world, world.NewShard());
                }
                catch (Exception e) when (e is CrashException or StoreException)
                {
                    // The broker is gone, or its loop has logged the failure.
                }

                hasStruck = world.Faults.HasStruck;
                world.Faults.End();
                await CheckAsync(world, readable);
                await world.SettleAsync();
                await CheckAsync(world, readable);
            }

            Assert.True(call > fewestCalls, $"only {call} calls with {fault}");
        }
    }

    private static async Task CheckAsync(UpkeepWorld world, bool readable)
    {
        if (readable)
            await world.CheckLogsAsync();
        var missing = (await world.ReferencedAsync(withTrash: false)).Except(await world.StoredAsync());
        Assert.Empty(missing);
        foreach (var partition in world.State.Partitions.Values)
            Assert.Equal(partition.Recent.Skip(1).Select(s => s.BaseOffset),
                partition.Recent.Take(Math.Max(0, partition.Recent.Count - 1)).Select(s => s.EndOffset));
    }
}
