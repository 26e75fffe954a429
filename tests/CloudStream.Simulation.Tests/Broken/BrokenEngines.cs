using CloudStream.Cluster;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Records;
using CloudStream.Simulation.Tests.Groups;
using CloudStream.Simulation.Tests.Scheduling;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Simulation.Tests.Broken;

/// <summary>Engines that are wrong in one way each.</summary>
internal static class BrokenEngines
{
    private static readonly string[] s_lost = ["no acknowledged record lost", "register", "no gap", "progress", "watermark", "no defect",
        "referenced objects stay"];

    public static IReadOnlyList<BrokenEngine> All { get; } =
    [
        new()
        {
            Name = "acknowledges before the commit",
            Violates = ["no acknowledged record lost"],
            Append = AcknowledgeEarly,
            Scenario = "crashes"
        },
        new()
        {
            Name = "believes in commits that did not happen",
            Violates = [.. s_lost, "object before commit", "reads succeed"],
            Stores = OnPut(Believe)
        },
        new() { Name = "commits before the bytes are there", Violates = ["object before commit"], Stores = PutLater },
        new()
        {
            Name = "commits again after a lost reply without reading back",
            Violates = ["register", "no duplicate", "object before commit", "no defect"],
            Stores = OnPut(RepeatBlindly)
        },
        new() { Name = "commits without comparing", Violates = ["register"], Stores = OnPut(Overwrite), Scenario = "busy" },
        new()
        {
            Name = "looks for duplicates outside the commit",
            Violates = ["no duplicate", "idempotent order"],
            Append = DeduplicateInMemory,
            Scenario = "busy"
        },
        new()
        {
            Name = "has no sequences",
            Violates = ["no duplicate", "idempotent order"],
            Append = (_) => (broker, partition, batch, options, cancel) => broker.AppendAsync(
                partition, WithoutProducer(batch), options, cancel)
        },
        new()
        {
            Name = "checks the expected offset outside the commit",
            Violates = ["conditional appends"],
            Append = CheckOutside,
            Scenario = "busy"
        },
        new() { Name = "guesses offsets before the commit", Violates = ["reported offset is stored offset"], Append = GuessOffset },
        new()
        {
            Name = "calls an unknown outcome a refusal",
            Violates = ["refused is not appended"],
            Append = RefuseUnknown,
            Scenario = "zombies",
            Seeds = 20
        },
        new() { Name = "sweeps without a horizon", Violates = ["object before commit", "referenced objects stay"], Beside = SweepAtOnce },
        new()
        {
            Name = "reads registers from a cache",
            Violates = ["watermark", "conditional appends", "real-time order", "reads succeed"],
            Stores = ReadFromCache
        },
        new() { Name = "answers watermarks from memory", Violates = ["watermark"], Stores = AnswerFromMemory },
        new()
        {
            Name = "gives up what can be read",
            Violates = ["only losses are accepted"],
            Stores = OnPut(GiveUp),
            Scenario = "losses"
        },
        new()
        {
            Name = "passes over records though nobody has accepted their loss",
            Violates = ["no gap", "reads succeed"],
            Stores = PassOver,
            Scenario = "losses"
        },
        new()
        {
            Name = "laps without a checkpoint",
            Violates = ["checkpoint before lap", "reserve"],
            AlterRing = static ring => new WithoutLimit(ring),
            Scenario = "busy",
        },
        new()
        {
            Name = "leaves inline records in slots that a checkpoint covers",
            Violates = ["records are spilled"],
            Stores = OnPut(LeaveInSlots),
            Scenario = "busy",
        },
        new()
        {
            Name = "fills the ring to the last slot",
            Violates = ["reserve"],
            AlterRing = static ring => new WithoutReserve(ring),
            Scenario = "busy",
        },
        new()
        {
            Name = "proves a commit undone by a slot that was lapped",
            Violates = ["object referenced once", "no duplicate", "no defect", "refused is not appended"],
            Stores = ProveAfterLap,
            Scenario = "forgetful",
            Seeds = 20,
        },
        new() { Name = "waits for a reply that never comes", Violates = ["progress"], Stores = OnPut(WaitForEver) },
        new() { Name = "never sweeps", Violates = ["progress"], Stores = HideFromLists },
        new() { Name = "resumes on the thread pool", Violates = ["one thread", "progress"], Stores = OnPut(LeaveThread) },
        .. BrokenGroupEngines.All,
    ];

    public static BrokenEngine Named(string name) => All.Single(b => b.Name == name);

    private static Func<World, Actor, BrokerStores, BrokerStores> OnPut(Func<Random, BrokenMetadataStore.Put> put) =>
        (world, _, stores) => stores with
        {
            Metadata = new BrokenMetadataStore(stores.Metadata) { OnPut = put(new Random(world.Random.Next())) }
        };

    private static BrokenMetadataStore.Put Believe(Random random) => (inner, key, value, expected, id, cancel) =>
        random.Next(50) == 0 ? new(PutResult.Done(expected + 1)) : inner.PutAsync(key, value, expected, id, cancel);

    private static BrokenMetadataStore.Put RepeatBlindly(Random random) => async (inner, key, value, expected, id, cancel) =>
    {
        try
        {
            return await inner.PutAsync(key, value, expected, id, cancel);
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Ambiguous)
        {
            return await inner.PutAsync(key, value, (await inner.GetAsync(key, cancel))?.Version ?? 0, id, cancel);
        }
    };

    private static BrokenMetadataStore.Put Overwrite(Random random) => async (inner, key, value, expected, id, cancel) =>
    {
        var result = await inner.PutAsync(key, value, expected, id, cancel);
        return result.Succeeded ? result : await inner.PutAsync(key, value, result.Version, id, cancel);
    };

    // Every fiftieth commit of a shard also gives up its first partition's log.
    private static BrokenMetadataStore.Put GiveUp(Random random) => (inner, key, value, expected, id, cancel) =>
        inner.PutAsync(key, random.Next(50) == 0 ? WithLoss(key, value) : value, expected, id, cancel);

    private static BrokenMetadataStore.Put LeaveInSlots(Random random) => (inner, key, value, expected, id, cancel) =>
    {
        var slot = JournalSlot.Decode(new Register(key, value, 1, default));
        var entries = slot.Decode().Select(e => e is CheckpointEntry checkpoint ? checkpoint with { Spill = null } : e);
        return inner.PutAsync(key, (slot with { Entries = JournalSlot.Encode([.. entries]) }).Encode(), expected, id, cancel);
    };

    private static BrokerStores PassOver(World world, Actor actor, BrokerStores stores) => stores with
    {
        Metadata = new BrokenMetadataStore(stores.Metadata)
        {
            OnGet = static async (inner, key, cancel) => WithLoss(await inner.GetAsync(key, cancel)),
            OnGetRange = static async (inner, family, first, count, cancel) =>
                [.. (await inner.GetRangeAsync(family, first, count, cancel)).Select(WithLoss)],
        },
    };

    private static Register? WithLoss(Register? register) =>
        register is null ? null : register with { Value = WithLoss(register.Key, register.Value) };

    private static ReadOnlyMemory<byte> WithLoss(string key, ReadOnlyMemory<byte> value)
    {
        if (!key.StartsWith(JournalRing.Prefix, StringComparison.Ordinal))
            return value;
        var slot = JournalSlot.Decode(new Register(key, value, 1, default));
        var entries = slot.Decode().Add(new LossAcceptedEntry(0, 0, 0, long.MaxValue, "nobody"));
        return (slot with { Entries = JournalSlot.Encode(entries) }).Encode();
    }

    // What stands in the slot of an attempt in doubt is taken for another's commit of the same version, however late it is.
    private static BrokerStores ProveAfterLap(World world, Actor actor, BrokerStores stores)
    {
        var attempts = new Dictionary<string, long>();
        return stores with
        {
            Metadata = new BrokenMetadataStore(stores.Metadata)
            {
                OnPut = async (inner, key, value, expected, id, cancel) =>
                {
                    try
                    {
                        return await inner.PutAsync(key, value, expected, id, cancel);
                    }
                    catch (StoreException e) when (e.Kind == StoreErrorKind.Ambiguous)
                    {
                        attempts[key] = expected + 1;
                        throw;
                    }
                },
                OnGet = async (inner, key, cancel) =>
                {
                    var found = await inner.GetAsync(key, cancel);
                    return attempts.Remove(key, out var version) && found?.Version > version ? found with { Version = version } : found;
                },
            },
        };
    }

    private static BrokenMetadataStore.Put WaitForEver(Random random) => async (inner, key, value, expected, id, cancel) =>
    {
        if (random.Next(100) == 0)
            await new TaskCompletionSource().Task;
        return await inner.PutAsync(key, value, expected, id, cancel);
    };

    private static BrokenMetadataStore.Put LeaveThread(Random random) => async (inner, key, value, expected, id, cancel) =>
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return await inner.PutAsync(key, value, expected, id, cancel);
    };

    private static BrokerStores PutLater(World world, Actor actor, BrokerStores stores) => stores with
    {
        Objects = new BrokenObjectStore(stores.Objects, (inner, name, content, cancel) =>
        {
            if (!ClusterObjects.HoldsData(name))
                // The cluster's mark: without it no broker would start, and none would commit.
                return inner.PutAsync(name, content, cancel);
            ReadOnlyMemory<byte>[] copy = [content.SelectMany(c => c.ToArray()).ToArray()];
            world.Scheduler.After(TimeSpan.FromMilliseconds(30), actor, () => _ = inner.PutAsync(name, copy, CancellationToken.None));
            return ValueTask.CompletedTask;
        }),
    };

    private static BrokerStores ReadFromCache(World world, Actor actor, BrokerStores stores)
    {
        var cache = new Dictionary<(string, int, int), (long At, Register?[] Registers)>();
        async ValueTask<Register?[]> ReadAsync((string, int, int) what, Func<ValueTask<Register?[]>> read)
        {
            if (cache.TryGetValue(what, out var known) && world.Scheduler.Now - known.At < TimeSpan.FromSeconds(1).Ticks)
                return known.Registers;
            var registers = await read();
            cache[what] = (world.Scheduler.Now, registers);
            return registers;
        }

        return stores with
        {
            Metadata = new BrokenMetadataStore(stores.Metadata)
            {
                OnGet = async (inner, key, cancel) => key.StartsWith(JournalRing.Prefix, StringComparison.Ordinal)
                    ? (await ReadAsync((key, 0, 0), async () => [await inner.GetAsync(key, cancel)]))[0]
                    : await inner.GetAsync(key, cancel),
                OnGetRange = (inner, family, first, count, cancel) =>
                    ReadAsync((family, first, count), () => inner.GetRangeAsync(family, first, count, cancel)),
            },
        };
    }

    // Says for ever of each slot what it first heard of it: that nothing has been committed there.
    private static BrokerStores AnswerFromMemory(World world, Actor actor, BrokerStores stores)
    {
        var seen = new Dictionary<string, RegisterVersion>();
        return stores with
        {
            Metadata = new BrokenMetadataStore(stores.Metadata)
            {
                OnGetVersion = async (inner, key, cancel) =>
                {
                    var found = await inner.GetVersionAsync(key, cancel);
                    if (!key.StartsWith(JournalRing.Prefix, StringComparison.Ordinal))
                        return found;
                    seen.TryAdd(key, found);
                    return seen[key];
                },
            },
        };
    }

    private static BrokerStores HideFromLists(World world, Actor actor, BrokerStores stores) =>
        stores with { Objects = new ListlessObjectStore(stores.Objects) };

    // Deletes what no state refers to the moment it is seen, as a sweep with a listing and no horizon would.
    private static void SweepAtOnce(World world)
    {
        world.Scheduler.After(TimeSpan.FromSeconds(1), world.Scheduler.World, () =>
        {
            world.Shelf.Delete([.. world.Auditor.Orphans()]);
            SweepAtOnce(world);
        });
    }

    private static BrokenAppend AcknowledgeEarly(World world) => async (broker, partition, batch, options, cancel) =>
    {
        var end = await broker.ListOffsetAsync(partition, OffsetSpec.Latest, cancel);
        if (options.ExpectedOffset >= 0 || new RecordBatchHeader(batch.Span).ProducerId >= 0 || end.Error != ErrorCode.None)
            return await broker.AppendAsync(partition, batch, options, cancel);
        var append = broker.AppendAsync(partition, batch, options with { ExpectedOffset = end.Offset }, CancellationToken.None);
        _ = append.AsTask();
        return new AppendResult(ErrorCode.None, end.Offset, end.Offset, LogEndOffset: end.Offset + 10);
    };

    private static BrokenAppend DeduplicateInMemory(World world)
    {
        var seen = new Dictionary<(IBroker, long, int), AppendResult>();
        return async (broker, partition, batch, options, cancel) =>
        {
            var header = new RecordBatchHeader(batch.Span);
            var key = (broker, header.ProducerId, header.BaseSequence);
            if (header.ProducerId >= 0 && seen.TryGetValue(key, out var known))
                return known;
            var result = await broker.AppendAsync(partition, WithoutProducer(batch), options, cancel);
            if (result.Error == ErrorCode.None)
                seen[key] = result;
            return result;
        };
    }

    private static BrokenAppend CheckOutside(World world) => async (broker, partition, batch, options, cancel) =>
    {
        if (options.ExpectedOffset >= 0)
        {
            var end = await broker.ListOffsetAsync(partition, OffsetSpec.Latest, cancel);
            if (end.Error != ErrorCode.None || end.Offset != options.ExpectedOffset)
                return AppendResult.Failed(ErrorCode.StoreUnavailable);
        }

        return await broker.AppendAsync(partition, batch, new AppendOptions(), cancel);
    };

    private static BrokenAppend GuessOffset(World world) => async (broker, partition, batch, options, cancel) =>
    {
        var end = await broker.ListOffsetAsync(partition, OffsetSpec.Latest, cancel);
        var result = await broker.AppendAsync(partition, batch, options, cancel);
        return result.Error == ErrorCode.None && end.Error == ErrorCode.None ? result with { BaseOffset = end.Offset } : result;
    };

    private static BrokenAppend RefuseUnknown(World world) => async (broker, partition, batch, options, cancel) =>
    {
        var result = await broker.AppendAsync(partition, batch, options, cancel);
        return result.Error == ErrorCode.OutcomeUnknown ? result with { Error = ErrorCode.StoreUnavailable } : result;
    };

    private static ReadOnlyMemory<byte> WithoutProducer(ReadOnlyMemory<byte> batch)
    {
        using var builder = new RecordBatchBuilder();
        foreach (var value in BatchValues.Of(batch))
            builder.Append(1_893_400_000_000, default(ReadOnlyMemory<byte>?), System.Text.Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }

    private sealed record WithoutLimit(JournalRing Whole) : JournalRing(Whole)
    {
        public override long FreeBehind(long version, long covered) => long.MaxValue;
    }

    private sealed record WithoutReserve(JournalRing Whole) : JournalRing(Whole)
    {
        public override int Reserve => 0;
    }
}
