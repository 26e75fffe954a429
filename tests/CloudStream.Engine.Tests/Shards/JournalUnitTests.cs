using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>What a journal costs on a store that bills by the request, counted at the store's boundary.</summary>
public sealed class JournalUnitTests
{
    // As many partitions as the slot of a lone writer takes before the directory stays in the object.
    private const int MostInline = -1;

    private const string Cluster = "0123456789abcdef", Holder = "12.0123456789abcdef";

    [Theory]
    [InlineData(1, 1)]
    [InlineData(20, 1)]
    [InlineData(MostInline, 2)]
    public async Task A_lone_commit_of_one_flush_costs_a_unit_or_two_over_three_laps(int partitions, int units)
    {
        if (partitions == MostInline)
            partitions = Enumerable.Range(1, 500).Last(n => ItemBytes(n) <= Log.Flushes.Flush.MaxInlineBytes);
        await using var cluster = new ShardCluster { Ring = new JournalRing(Cluster, 128) };
        var process = await cluster.OpenAsync();
        await process.Shard.SubmitAsync(_ => new HolderEntry(0, 1, Holder), ShardCluster.Token);
        for (var i = 2; i < partitions; i++)
            await process.Shard.SubmitAsync(_ => new PartitionCreatedEntry(0, new PartitionId(Guid.Empty, i)), ShardCluster.Token);
        long most = 0, sum = 0;
        for (var i = 0; i < 3 * 128; i++)
        {
            var before = cluster.Bill.Written;
            var (commits, reference) = (process.Metadata.Puts, process.Shard.NewObject(ObjectKind.Segment));
            await process.Shard.SubmitAsync(_ => Flush(reference, partitions, i), ShardCluster.Token);
            var cost = cluster.Bill.Written - before;
            sum += cost;
            most = Math.Max(most, (cost + process.Metadata.Puts - commits - 1) / (process.Metadata.Puts - commits));
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{partitions} partitions a flush: {most} write units a commit at most, {sum / 384.0:f2} a flush with checkpoints, "
                + $"{cluster.Bill.Read} read units in all");
        Assert.Equal(units, most);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(1000, 2)]
    [InlineData(3000, 4)]
    public async Task A_lone_commit_with_its_records_costs_a_unit_per_KiB_and_no_object(int bytes, int units)
    {
        await using var cluster = new ShardCluster { Ring = new JournalRing(Cluster, 128) };
        var process = await cluster.OpenAsync(o => o.InlineMaxBytes = 3 * 1024);
        await process.Shard.SubmitAsync(_ => new HolderEntry(0, 1, Holder), ShardCluster.Token);
        var batch = ShardCluster.Batch(new string('x', bytes - ShardCluster.Batch("").Length));
        long most = 0, before = cluster.Bill.Written, written = 0;
        process.Metadata.BeforePut = _ => Task.FromResult(written = cluster.Bill.Written);
        process.Metadata.AfterPut = (_, _) => Task.FromResult(most = Math.Max(most, cluster.Bill.Written - written));
        for (var i = 0; i < 3 * 128; i++)
            await process.AppendAsync(batch);

        var puts = process.Objects.Put.GroupBy(n => n[8]).ToDictionary(g => (ObjectKind)g.Key, g => g.Count());
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"a flush of {batch.Length} bytes: {most} write units a commit at most, {(cluster.Bill.Written - before) / 384.0:f2} a flush; "
                + $"{puts.GetValueOrDefault(ObjectKind.Spill)} spills and {puts[ObjectKind.Checkpoint]} checkpoints for 384 flushes");
        Assert.Equal(units, most);
        Assert.DoesNotContain(ObjectKind.Segment, puts.Keys);
    }

    [Fact]
    public async Task Looking_for_news_costs_one_unit_and_one_look_serves_all_who_asked_before_it()
    {
        // Large enough that no checkpoint is committed beside the looks, whose slot a look would find.
        await using var cluster = new ShardCluster { Ring = new JournalRing(Cluster, JournalRing.DefaultSlots) };
        var process = await cluster.OpenAsync();
        for (var i = 0; i < 40; i++)
        {
            await process.AppendAsync("x");
            var before = cluster.Bill.Read;
            var question = process.Shard.Ask();
            await process.Shard.ProveAsync(question, ShardCluster.Token);
            await process.Shard.ProveAsync(question, ShardCluster.Token);
            Assert.Equal(1, cluster.Bill.Read - before);
        }
    }

    [Fact]
    public async Task The_newest_slot_is_found_in_five_rounds_and_fifteen_units_wherever_it_lies()
    {
        var ring = new JournalRing(Cluster, JournalRing.DefaultSlots);
        var (registers, bill) = (new MemoryMetadataStore(), new Bill());
        var gate = new GatedStore(new BillingStore(registers, bill));
        var reader = new JournalReader(3, ring, gate);
        Assert.Null(await gate.RunAsync(reader.FindNewestAsync(ShardCluster.Token)));
        var (mostRounds, mostUnits) = (0, 0L);
        for (long version = 1; version <= 2 * ring.Slots + 300; version++)
        {
            var slot = new JournalSlot(version, default, new JournalHead(1, Holder, null, 0, 0), new byte[700]);
            await registers.PutAsync(ring.KeyOf(3, version), slot.Encode(), ring.LapsBefore(version), default, ShardCluster.Token);
            if (version % 7 > 0 && version % ring.Slots is > 40 and < 980)
                continue;
            var before = bill.Read;
            gate.Rounds = 0;
            Assert.Equal(version, (await gate.RunAsync(reader.FindNewestAsync(ShardCluster.Token)))!.Value.Version);
            (mostRounds, mostUnits) = (Math.Max(mostRounds, gate.Rounds), Math.Max(mostUnits, bill.Read - before));
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"the newest of {ring.Slots} slots: {mostRounds} rounds, {mostUnits} read units at most");
        Assert.InRange(mostRounds, 1, 5);
        Assert.InRange(mostUnits, 1, 15);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(128)]
    public async Task The_newest_slot_is_found_in_rings_of_every_size(int slots)
    {
        var ring = new JournalRing(Cluster, slots);
        var registers = new MemoryMetadataStore();
        for (long version = 1; version <= 3 * slots; version++)
        {
            var slot = new JournalSlot(version, default, new JournalHead(1, null, null, 0, 0), new byte[1]);
            await registers.PutAsync(ring.KeyOf(0, version), slot.Encode(), ring.LapsBefore(version), default, ShardCluster.Token);
            Assert.Equal(version, (await new JournalReader(0, ring, registers).FindNewestAsync(ShardCluster.Token))!.Value.Version);
        }
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(512, false)]
    [InlineData(64, true)]
    [InlineData(512, true)]
    public async Task Loading_costs_the_search_and_a_unit_per_4_KiB_of_the_tail(int tail, bool isInline)
    {
        await using var cluster = new ShardCluster { Ring = new JournalRing(Cluster, JournalRing.DefaultSlots) };
        var process = await cluster.OpenAsync(o => o.InlineMaxBytes = 3 * 1024);
        process.Objects.BeforePut = _ => throw new Storage.StoreException(Storage.StoreErrorKind.Refused, "no checkpoint");
        while (process.Shard.State.Version < tail)
        {
            if (isInline)
            {
                await process.AppendAsync(new string('x', 1000));
                continue;
            }

            var reference = process.Shard.NewObject(ObjectKind.Segment);
            await process.Shard.SubmitAsync(_ => Flush(reference, 20, 1), ShardCluster.Token);
        }

        var (before, bytes) = (cluster.Bill.Read, 0L);
        await foreach (var register in cluster.Registers.ListAsync(cluster.Ring.FamilyOf(0), ShardCluster.Token))
            bytes += register.Value.Length + register.Key.Length + 26;
        var next = await cluster.OpenAsync(createPartitions: false);

        Assert.Equal(process.Shard.State.Version, next.Shard.State.Version);
        var units = cluster.Bill.Read - before;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"loading a tail of {tail} commits{(isInline ? " with 1 KB of records each" : "")}, {bytes} bytes: {units} read units");
        Assert.InRange(units, 1, 15 + (bytes / 4096) + 8); // A range ends with a unit that is not full.
    }

    private static int ItemBytes(int partitions)
    {
        var writer = new FormatWriter();
        FlushDirectoryCodec.WriteItems(writer, Flush(default, partitions, 384).Items.AsSpan());
        return writer.Length;
    }

    private static FlushEntry Flush(ObjectRef reference, int partitions, int number)
    {
        var items = ImmutableArray.CreateBuilder<SegmentItem>();
        for (var i = 0; i < partitions; i++)
            items.Add(new SegmentItem(i, 1100, 10, 1_790_000_000_000 + number, 5000 + i, 3, 10 * number));
        return new FlushEntry(1_790_000_000_000, reference, false, items.ToImmutable(), null);
    }

    /// <summary>Answers the reads that wait, all that were asked side by side in one round.</summary>
    private sealed class GatedStore(BillingStore inner) : IMetadataStore
    {
        private readonly List<TaskCompletionSource> _waiting = [];

        public int Rounds { get; set; }

        public async Task<T> RunAsync<T>(Task<T> search)
        {
            while (!search.IsCompleted)
            {
                Rounds++;
                var round = _waiting.ToArray();
                _waiting.Clear();
                Assert.NotEmpty(round);
                Array.ForEach(round, r => r.SetResult());
            }

            return await search;
        }

        public async ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken)
        {
            await WaitAsync();
            return await inner.GetAsync(key, cancellationToken);
        }

        public async ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken)
        {
            await WaitAsync();
            return await inner.GetRangeAsync(family, first, count, cancellationToken);
        }

        public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("a search reads slots");

        public ValueTask<PutResult> PutAsync(
            string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken) =>
                throw new InvalidOperationException("a search writes nothing");

        public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("a search deletes nothing");

        public IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("a search lists nothing");

        private Task WaitAsync()
        {
            var turn = new TaskCompletionSource(); // Its continuation runs where it is set: a round is over when all of them were.
            _waiting.Add(turn);
            return turn.Task;
        }
    }
}
