using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Health;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Records;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Upkeep;

/// <summary>One shard's register and the object store, brokers on them, and a checker. Everything on one thread and seeded.</summary>
internal sealed class UpkeepWorld : IDisposable
{
    public static readonly Guid Topic = new("22222222-2222-2222-2222-222222222222");

    private readonly Meter _meter = new("upkeep test");
    private readonly Random _random;
    private readonly Dictionary<ObjectRef, List<(int Slot, long Value, long Timestamp)>> _uploaded = [];
    private long _value;

    public UpkeepWorld(int partitions, int seed = 1)
    {
        _random = new Random(seed);
        Store = new FaultyObjectStore(Faults);
        Troubles = new Troubles(new BrokerRuntime(Time, new RandomSource(1), NullLoggerFactory.Instance, _meter),
            id => id == Topic ? "t" : null);
        for (var i = 0; i < partitions; i++)
        {
            Register.Commit(new PartitionCreatedEntry(0, new PartitionId(Topic, i)));
            Expected[i] = [];
        }

        Register.Commit(new HolderEntry(0, 1, "test"));
    }

    public FaultPlan Faults { get; } = new();

    public FaultyObjectStore Store { get; }

    /// <summary>What upkeep has found to be wrong.</summary>
    public Troubles Troubles { get; }

    public TestRegister Register { get; } = new();

    public ManualTime Time { get; } = new();

    /// <summary>What the wall clock says, in milliseconds since the epoch.</summary>
    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public ShardState State => Register.State;

    /// <summary>Records are flushed without timestamps.</summary>
    public bool IsUndated { get; set; }

    /// <summary>What each slot's log must hold: value and timestamp by offset.</summary>
    public Dictionary<int, List<(long Value, long Timestamp)>> Expected { get; } = [];

    public RetentionPolicy? Policy { get; set; } = new RetentionPolicy(-1, -1);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _meter.Dispose();

    public TestShard NewShard() => new(Register, Store, Faults, _random);

    public BrokerRuntime NewRuntime() => new(Time, new RandomSource(_random.Next()), NullLoggerFactory.Instance, _meter);

    /// <summary>By default each tick looks for what retention may take.</summary>
    public ShardUpkeep NewUpkeep(TestShard shard, TimeSpan retentionCheckInterval = default)
    {
        var runtime = NewRuntime();
        return new ShardUpkeep(shard, Store, runtime, new BrokerOptions { RetentionCheckInterval = retentionCheckInterval },
            new UpkeepMetrics(runtime), Troubles, _ => Policy);
    }

    public OrphanSweep NewSweep()
    {
        var runtime = NewRuntime();
        return new OrphanSweep(Store, runtime, new UpkeepMetrics(runtime));
    }

    /// <summary>
    /// Flushes batches of the given numbers of records, several per partition perhaps, as the segment uploader would lay them out.
    /// </summary>
    public ObjectRef Flush(params (int Slot, int Records)[] batches)
    {
        var (reference, entry) = Upload(batches);
        Register.Commit(entry);
        Expect(reference);
        Time.Advance(TimeSpan.FromMilliseconds(5));
        return reference;
    }

    /// <summary>The object's records are in the log from now on.</summary>
    public void Expect(ObjectRef reference)
    {
        foreach (var (slot, value, timestamp) in _uploaded[reference])
            Expected[slot].Add((value, timestamp));
    }

    /// <summary>Puts the object of a flush without committing it.</summary>
    public (ObjectRef Reference, FlushEntry Entry) Upload(params (int Slot, int Records)[] batches)
    {
        var items = ImmutableArray.CreateBuilder<SegmentItem>();
        var content = new List<ReadOnlyMemory<byte>>();
        var written = new List<(int, long, long)>();
        foreach (var (slot, records) in batches.OrderBy(b => b.Slot))
        {
            var batch = BuildBatch(slot, records, written, out var maxTimestamp);
            content.Add(batch);
            items.Add(new SegmentItem(slot, batch.Length, records, maxTimestamp));
        }

        var reference = new ObjectRef(ObjectKind.Segment, State.Version, (ulong)_random.NextInt64());
        var directory = FlushDirectoryCodec.Encode(new FlushDirectory(items.ToImmutable(), [.. SliceCrcs(items, content)], []));
        var assembly = SegmentAssembly.Create(new SegmentHeader(reference, 0), content, directory);
        Store.Inner.PutAsync(reference.NameIn(0), assembly.Content, Token).AsTask().GetAwaiter().GetResult();
        _uploaded.Add(reference, written);
        return (reference, new FlushEntry(NowMs, reference, false, items.ToImmutable(), null));
    }

    /// <summary>A flush whose bytes nobody will read: large on paper only.</summary>
    public ObjectRef FlushOnPaper(long timestamp, params (int Slot, int Bytes)[] items)
    {
        var reference = new ObjectRef(ObjectKind.Segment, State.Version, (ulong)_random.NextInt64());
        Store.Inner.PutAsync(reference.NameIn(0), [new byte[] { 1 }], Token).AsTask().GetAwaiter().GetResult();
        Register.Commit(
            new FlushEntry(NowMs, reference, false, [.. items.Select(i => new SegmentItem(i.Slot, i.Bytes, 10, timestamp))], null));
        return reference;
    }

    /// <summary>Reads every log through its recent slices and checks it against what was flushed: offsets, values, timestamps.</summary>
    public async Task CheckLogsAsync()
    {
        foreach (var partition in State.Partitions.Values)
        {
            var next = partition.Recent.IsEmpty ? partition.EndOffset : partition.Recent[0].BaseOffset;
            Assert.True(next <= partition.LogStartOffset || next == partition.RecentBaseOffset);
            foreach (var slice in partition.Recent)
            {
                Assert.Equal(next, slice.BaseOffset);
                next = await CheckSliceAsync(partition.Slot, slice);
            }

            Assert.Equal(partition.EndOffset, next);
            Assert.Equal(Expected[partition.Slot].Count, partition.EndOffset);
            Assert.Equal(partition.Recent.Sum(s => s.Bytes) + partition.Pages.Sum(p => p.Bytes), partition.Bytes);
        }
    }

    /// <summary>Names of everything that the state refers to, found by a walk of its own.</summary>
    public async Task<HashSet<string>> ReferencedAsync(bool withTrash = true)
    {
        var names = State.Objects.Keys.Select(o => o.NameIn(0)).ToHashSet();
        if (State.Checkpoint is { } checkpoint)
            names.Add(checkpoint.NameIn(0));
        foreach (var page in State.Partitions.Values.SelectMany(p => p.Pages.Select(page => (page, p.LogStartOffset))))
            await AddTreeAsync(page.page.Page, page.LogStartOffset, names);
        if (withTrash)
            Assert.Empty(State.Trash);
        return names;
    }

    public async Task<HashSet<string>> StoredAsync() =>
        await Store.Inner.ListAsync("", Token).Select(o => o.Name).ToHashSetAsync(cancellationToken: Token);

    /// <summary>
    /// Runs a fresh broker without faults until nothing is left to do, trash and orphans included; then store and state must agree exactly.
    /// </summary>
    public async Task SettleAsync()
    {
        Faults.End();
        var shard = NewShard();
        var upkeep = NewUpkeep(shard);
        for (var round = 0; round < 6; round++)
        {
            while (await upkeep.TickAsync(Token))
            {
            }

            Time.Advance(TimeSpan.FromMinutes(2));
            await shard.RefreshAsync(Token);
        }

        Assert.True(await NewSweep().RunAsync([shard], Token));
        Assert.DoesNotContain(State.Trash, t => t.Object.Kind != ObjectKind.Checkpoint);
        while (!State.Trash.IsEmpty)
        {
            Time.Advance(TimeSpan.FromMinutes(2));
            await upkeep.TickAsync(Token);
        }

        Assert.Equal((await ReferencedAsync()).Order(), (await StoredAsync()).Order());
    }

    private ReadOnlyMemory<byte> BuildBatch(
        int slot, int records, List<(int Slot, long Value, long Timestamp)> written, out long maxTimestamp)
    {
        maxTimestamp = -1;
        using var builder = new RecordBatchBuilder();
        for (var i = 0; i < records; i++)
        {
            var value = new byte[8 + _random.Next(40)];
            BinaryPrimitives.WriteInt64BigEndian(value, _value++);
            var timestamp = IsUndated ? -1 : NowMs - _random.Next(5);
            maxTimestamp = Math.Max(maxTimestamp, timestamp);
            written.Add((slot, _value - 1, timestamp));
            builder.Append(timestamp, (byte[]?)null, value);
        }

        return builder.Build().ToArray();
    }

    private static IEnumerable<uint> SliceCrcs(ImmutableArray<SegmentItem>.Builder items, List<ReadOnlyMemory<byte>> content)
    {
        for (var i = 0; i < items.Count;)
        {
            var bytes = new List<byte>();
            var slot = items[i].Slot;
            for (; i < items.Count && items[i].Slot == slot; i++)
                bytes.AddRange(content[i].Span);
            yield return Crc32C.Compute(bytes.ToArray());
        }
    }

    private async Task<long> CheckSliceAsync(int slot, Slice slice)
    {
        var bytes = new byte[slice.Bytes];
        Assert.Equal(slice.Bytes, await Store.Inner.GetRangeAsync(slice.Object.NameIn(0), slice.Position, bytes, Token));
        var next = slice.BaseOffset;
        for (var rest = bytes.AsMemory(); !rest.IsEmpty;)
        {
            var header = new RecordBatchHeader(rest.Span);
            var (total, count) = (header.TotalBytes, header.LastOffsetDelta + 1);
            Assert.True(RecordBatchValidator.HasValidCrc(rest.Span[..total]));
            if (slice.Object.Kind == ObjectKind.Merged)
                Assert.Equal((next, 0), (header.BaseOffset, header.PartitionLeaderEpoch));
            using var reader = RecordBatchReader.Read(rest[..total]);
            for (var i = 0; i < count; i++)
            {
                Assert.True(reader.TryRead(out var record));
                Assert.Equal(Expected[slot][(int)next + i],
                    (BinaryPrimitives.ReadInt64BigEndian(record.Value!.Value.Span), record.Timestamp));
            }

            next += count;
            rest = rest[total..];
        }

        Assert.Equal(slice.EndOffset, next);
        return next;
    }

    private async Task AddTreeAsync(ObjectRef root, long logStart, HashSet<string> names)
    {
        names.Add(root.NameIn(0));
        var page = await new PageStore(Store.Inner, 0).ReadAsync(root, Token);
        names.UnionWith(page.Slices.Where(s => s.EndOffset > logStart).Select(s => s.Object.NameIn(0)));
        foreach (var below in page.Pages)
            await AddTreeAsync(below.Page, logStart, names);
    }
}
