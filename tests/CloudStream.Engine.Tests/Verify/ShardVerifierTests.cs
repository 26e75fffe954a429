using CloudStream.Engine.Tests.Upkeep;
using CloudStream.Log.Entries;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Log.Verify;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Verify;

/// <summary>A verification finds every damage, and none where brokers only tidied up meanwhile.</summary>
public sealed class ShardVerifierTests
{
    private const int Partitions = 3;

    [Fact]
    public async Task A_sound_shard_is_whole_and_all_of_its_bytes_are_read()
    {
        using var world = await MergedWorldAsync();
        var stray = world.Upload((0, 1)).Reference;

        var (report, findings) = await VerifyAsync(world, new ReadOnlyStore(world.Store.Inner));

        Assert.Empty(findings);
        Assert.Equal(world.State.Partitions.Values.Sum(p => p.Bytes), report.BytesRead);
        Assert.Equal((Partitions, 1), (report.Partitions, report.Unreferenced));
        Assert.Equal(await world.Store.Inner.GetSizeAsync(stray.NameIn(0), UpkeepWorld.Token), report.UnreferencedBytes);
    }

    [Fact]
    public async Task Every_object_that_is_gone_is_found_with_the_offsets_that_it_takes_with_it()
    {
        using var world = await MergedWorldAsync();
        foreach (var (name, lost) in await ReferencedAsync(world))
        {
            var store = new ReadOnlyStore(world.Store.Inner)
            {
                BeforeRead = read => read == name ? throw Fetch.WatchedStore.Failure(Storage.StoreErrorKind.NotFound) : Task.CompletedTask
            };

            var (_, findings) = await VerifyAsync(world, store);

            Assert.All(findings, f => Assert.Equal((FindingKind.Records, name), (f.Kind, f.ObjectName)));
            Assert.Equal(lost.Order(), findings.Select(f => (f.Partition!.Value.Index, f.BaseOffset, f.EndOffset)).Order());
        }
    }

    [Fact]
    public async Task Every_object_that_is_cut_short_is_found()
    {
        using var world = await MergedWorldAsync();
        foreach (var (name, _) in await ReferencedAsync(world))
        {
            var size = await world.Store.Inner.GetSizeAsync(name, UpkeepWorld.Token);
            foreach (var left in new[] { 0, 10, size / 2, size - 1 })
            {
                var (_, findings) = await VerifyAsync(world, new ReadOnlyStore(world.Store.Inner) { Cut = (name, left) });

                Assert.All(findings, f => Assert.Equal(name, f.ObjectName));
                Assert.NotEmpty(findings);
            }
        }
    }

    [Fact]
    public async Task Every_byte_that_is_flipped_is_found_wherever_it_lies()
    {
        using var world = await MergedWorldAsync();
        foreach (var (name, _) in await ReferencedAsync(world))
        {
            var size = await world.Store.Inner.GetSizeAsync(name, UpkeepWorld.Token);
            for (var position = 0L; position < size; position += position is < 100 || size - position < 100 ? 1 : 13)
            {
                var (_, findings) = await VerifyAsync(world, new ReadOnlyStore(world.Store.Inner) { Flipped = (name, position) });

                Assert.All(findings, f => Assert.Equal(name, f.ObjectName));
                Assert.True(findings.Count > 0, $"byte {position} of {size} of {name}");
            }
        }
    }

    [Fact]
    public async Task A_flipped_byte_of_the_checkpoint_and_a_missing_checkpoint_make_the_shard_unreadable()
    {
        using var world = await MergedWorldAsync();
        var register = new StateRegister(() => world.State, world.Store.Inner);
        await register.GetAsync(StateRegister.Ring.KeyOf(0, 1), UpkeepWorld.Token);
        foreach (var store in new[]
        {
            new ReadOnlyStore(world.Store.Inner) { Flipped = (register.Checkpoint, 20) },
            new ReadOnlyStore(world.Store.Inner) { Cut = (register.Checkpoint, 20) },
            new ReadOnlyStore(world.Store.Inner)
            {
                BeforeRead = read => read == register.Checkpoint
                    ? throw Fetch.WatchedStore.Failure(Storage.StoreErrorKind.NotFound)
                    : Task.CompletedTask
            },
        })
        {
            var (_, findings) = await VerifyAsync(world, store);

            Assert.Equal((FindingKind.Shard, 0), (Assert.Single(findings).Kind, findings[0].Shard));
        }
    }

    [Fact]
    public async Task What_a_broker_merges_and_deletes_meanwhile_is_no_damage()
    {
        using var world = new UpkeepWorld(Partitions);
        for (var i = 0; i < 40; i++)
            world.Flush([.. Enumerable.Range(0, Partitions).Select(slot => (slot, 2))]);
        var reads = 0;
        var store = new ReadOnlyStore(world.Store.Inner)
        {
            BeforeRead = async _ =>
            {
                if (++reads != 12)
                    return;
                for (var i = 0; i < 40; i++)
                    world.Flush([.. Enumerable.Range(0, Partitions).Select(slot => (slot, 1))]);
                await world.SettleAsync();
            }
        };

        var (_, findings) = await VerifyAsync(world, store);

        Assert.Empty(findings);
        Assert.True(reads > 12);
        Assert.Contains(world.State.Objects.Values, o => o.Level > 0);
    }

    [Fact]
    public async Task A_partition_that_is_trimmed_or_deleted_meanwhile_is_no_damage()
    {
        using var world = new UpkeepWorld(Partitions);
        for (var i = 0; i < 10; i++)
            world.Flush([.. Enumerable.Range(0, Partitions).Select(slot => (slot, 2))]);
        var reads = 0;
        var store = new ReadOnlyStore(world.Store.Inner)
        {
            BeforeRead = async _ =>
            {
                if (++reads != 3)
                    return;
                world.Register.Commit(new TrimEntry(0, 0, 12, []));
                world.Register.Commit(new PartitionDeletedEntry(0, world.State.Partitions[2].Id));
                world.Register.Commit(new TrimEntry(0, 1, 20, []));
                foreach (var item in world.State.Trash)
                    await world.Store.Inner.DeleteAsync([item.Object.NameIn(0)], UpkeepWorld.Token);
            }
        };

        var (_, findings) = await VerifyAsync(world, store);

        Assert.Empty(findings);
        Assert.NotEmpty(world.State.Trash);
    }

    [Fact]
    public async Task A_loss_that_was_accepted_is_no_damage_and_is_shown()
    {
        using var world = await MergedWorldAsync();
        var (name, lost) = (await ReferencedAsync(world)).First(r => r.Value.Count > 1);
        foreach (var (partition, start, end) in lost)
            world.Register.Commit(new LossAcceptedEntry(9, partition, start, end, "Ada"));
        var size = await world.Store.Inner.GetSizeAsync(name, UpkeepWorld.Token);
        foreach (var store in new[]
        {
            new ReadOnlyStore(world.Store.Inner)
            {
                BeforeRead = read => read == name ? throw Fetch.WatchedStore.Failure(Storage.StoreErrorKind.NotFound) : Task.CompletedTask
            },
            new ReadOnlyStore(world.Store.Inner) { Flipped = (name, size / 2) },
            new ReadOnlyStore(world.Store.Inner) { Flipped = (name, size - 5) },
        })
        {
            var (report, findings) = await VerifyAsync(world, store);

            Assert.Empty(findings);
            Assert.Equal(
                lost.Select(l => (l.Base, l.End)).Order(), report.Accepted.Select(a => (a.Loss.BaseOffset, a.Loss.EndOffset)).Order());
        }
    }

    // Two merged objects at least, a page, and flushes that nobody has merged.
    private static async Task<UpkeepWorld> MergedWorldAsync()
    {
        var world = new UpkeepWorld(Partitions);
        for (var i = 0; i < 80; i++)
            world.Flush([.. Enumerable.Range(0, Partitions).Where(slot => (i + slot) % 4 != 0).Select(slot => (slot, 1))]);
        await world.SettleAsync();
        world.Flush((0, 2), (0, 1), (1, 3));
        var slices = world.State.Partitions[2].Recent;
        Assert.Contains(slices, s => s.Object.Kind == ObjectKind.Merged);
        var page = IndexPage.OfSlices(0, 2, [.. slices.Take(1)]);
        var reference = world.NewShard().NewObject(ObjectKind.Page);
        await new PageStore(world.Store.Inner, 0).PutAsync(reference, page, UpkeepWorld.Token);
        world.Register.Commit(new PageEntry(0, 2, page.ToRef(reference), 0));
        return world;
    }

    // Each object that the state refers to, and what cannot be read without it.
    private static async Task<Dictionary<string, List<(int Partition, long Base, long End)>>> ReferencedAsync(UpkeepWorld world)
    {
        var found = new Dictionary<string, List<(int, long, long)>>();
        void Add(ObjectRef reference, int partition, long start, long end)
        {
            if (!found.TryGetValue(reference.NameIn(0), out var lost))
                found[reference.NameIn(0)] = lost = [];
            lost.Add((partition, start, end));
        }

        foreach (var partition in world.State.Partitions.Values)
        {
            foreach (var page in partition.Pages)
            {
                Add(page.Page, partition.Id.Index, page.BaseOffset, page.EndOffset);
                foreach (var slice in (await new PageStore(world.Store.Inner, 0).ReadAsync(page.Page, UpkeepWorld.Token)).Slices)
                    Add(slice.Object, partition.Id.Index, slice.BaseOffset, slice.EndOffset);
            }

            foreach (var slice in partition.Recent)
                Add(slice.Object, partition.Id.Index, slice.BaseOffset, slice.EndOffset);
        }

        return found;
    }

    private static async Task<(VerifyReport Report, List<Finding> Findings)> VerifyAsync(UpkeepWorld world, ReadOnlyStore store)
    {
        var findings = new List<Finding>();
        var report = new VerifyReport(findings.Add);
        var listed = new HashSet<ObjectRef>();
        await foreach (var info in world.Store.Inner.ListAsync("", UpkeepWorld.Token))
        {
            if (ObjectRef.TryParse(info.Name, out _, out var reference) && reference.Kind != ObjectKind.Checkpoint)
                listed.Add(reference);
        }

        var register = new StateRegister(() => world.State, world.Store.Inner);
        var verifier = new ShardVerifier(
            0, StateRegister.Ring, new BrokerStores(store, register), world.NewRuntime(), report,
            id => id == UpkeepWorld.Topic ? "t" : null);
        await verifier.RunAsync(listed, UpkeepWorld.Token);
        return (report, findings);
    }
}
