using System.Diagnostics.Metrics;
using System.Text;
using CloudStream.Cluster.Settings;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Calls;
using CloudStream.Log.Flushes;
using CloudStream.Log.Entries;
using CloudStream.Log.Health;
using CloudStream.Log.Memory;
using CloudStream.Log.Options;
using CloudStream.Log.Reading;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Log.State;
using CloudStream.Log.Verify;
using CloudStream.Records;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Fetch;

public sealed class LiveShardTests : IAsyncDisposable
{
    private readonly ShardCluster _cluster = new();
    private readonly Meter _meter = new("test");
    private readonly List<LogReader> _readers = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _readers)
            await reader.DisposeAsync();
        await _cluster.DisposeAsync();
        _meter.Dispose();
    }

    [Fact]
    public async Task A_reader_in_another_process_follows_the_log_while_it_is_written()
    {
        var writer = await _cluster.OpenAsync();
        var other = await _cluster.OpenAsync(createPartitions: false);
        var reading = FollowAsync(other, 300);
        for (var i = 0; i < 100; i++)
            await writer.AppendAsync($"a{i}", $"b{i}", $"c{i}");

        Assert.Equal(Enumerable.Range(0, 100).SelectMany(i => new[] { $"a{i}", $"b{i}", $"c{i}" }), await reading);
    }

    [Fact]
    public async Task A_reader_beside_the_writer_is_served_from_memory()
    {
        var writer = await _cluster.OpenAsync();
        var reading = FollowAsync(writer, 100);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => writer.AppendAsync($"{i}")));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), (await reading).OrderBy(int.Parse));
        await _cluster.Objects.DeleteAsync([.. writer.PutSegments], ShardCluster.Token);
        Assert.Equal(100, (await FollowAsync(writer, 100)).Count);
    }

    [Fact]
    public async Task A_process_with_nothing_warm_reads_what_others_wrote_with_the_leader_epochs_before_and_after_a_restore()
    {
        var writer = await _cluster.OpenAsync();
        await writer.AppendAsync("before");

        // What a restore leaves behind: a checkpoint with the next leader epoch.
        var state = writer.Shard.State;
        var restored = new ObjectRef(ObjectKind.Checkpoint, state.Version, 1);
        await _cluster.Objects.PutAsync(
            restored.NameIn(0), [CheckpointCodec.Encode(state with { LeaderEpoch = state.LeaderEpoch + 1 })], ShardCluster.Token);
        await writer.Shard.SubmitAsync(_ => new CheckpointEntry(0, restored, state.Version), ShardCluster.Token);
        var later = await _cluster.OpenAsync(createPartitions: false);
        await later.AppendAsync("after");
        var cold = await _cluster.OpenAsync(createPartitions: false);

        using var result = await Reader().FetchAsync(cold.Shard, ShardCluster.Partition, 0, new(), ShardCluster.Token);
        var latest = await Reader().ListOffsetAsync(
            cold.Shard, ShardCluster.Partition, OffsetSpec.Latest, int.MaxValue, ShardCluster.Token);

        Assert.Equal([(0L, 0), (1L, 1)],
            result.Pieces.Select(p => (new RecordBatchHeader(p.Span).BaseOffset, new RecordBatchHeader(p.Span).PartitionLeaderEpoch)));
        Assert.Equal(new OffsetResult(ErrorCode.None, 2, -1, 1), latest);
    }

    [Fact]
    public async Task Who_reads_what_lies_in_slots_gets_it_checked_and_with_offsets_and_damage_there_is_named()
    {
        var writer = await _cluster.OpenAsync(o => o.InlineMaxBytes = 1000);
        await writer.AppendAsync("first");
        await writer.Shard.SubmitAsync(_ => new HolderEntry(0, 1, "somebody"), ShardCluster.Token);
        await writer.AppendAsync("second");
        await writer.AppendAsync("third");
        Assert.Equal(["first", "second", "third"], await FollowAsync(await _cluster.OpenAsync(createPartitions: false), 3));
        await using var copy = new ShardCluster();
        await foreach (var register in _cluster.Registers.ListAsync(JournalRing.Prefix, ShardCluster.Token))
        {
            var value = register.Value.ToArray();
            if (value.AsSpan().IndexOf("second"u8) is >= 0 and var at)
                value[at] ^= 1;
            await copy.Registers.PutAsync(register.Key, value, 0, register.WriteId, ShardCluster.Token);
        }

        var reader = await copy.OpenAsync(createPartitions: false);
        using var sound = await Reader().FetchAsync(reader.Shard, ShardCluster.Partition, 0, new(), ShardCluster.Token);
        using var damaged = await Reader().FetchAsync(reader.Shard, ShardCluster.Partition, 1, new(), ShardCluster.Token);
        using var behind = await Reader().FetchAsync(reader.Shard, ShardCluster.Partition, 2, new(), ShardCluster.Token);

        Assert.Equal((ErrorCode.None, 1L), (sound.Error, sound.NextOffset));
        Assert.Equal(ErrorCode.CorruptStorage, damaged.Error);
        var header = new RecordBatchHeader(Assert.Single(behind.Pieces).Span);
        Assert.Equal((2L, 0), (header.BaseOffset, header.PartitionLeaderEpoch));
        var found = new List<Finding>();
        var verifier = new ShardVerifier(
            0, copy.Ring, new BrokerStores(copy.Objects, copy.Registers),
            new BrokerRuntime(TimeProvider.System, new RandomSource(1), NullLoggerFactory.Instance, _meter), new VerifyReport(found.Add),
            _ => "t");
        await verifier.RunAsync([], ShardCluster.Token);
        Assert.Equal((1L, 2L), Assert.Single(found.Select(f => (f.BaseOffset, f.EndOffset))));
    }

    private LogReader Reader()
    {
        var runtime = new BrokerRuntime(TimeProvider.System, new RandomSource(1), NullLoggerFactory.Instance, _meter);
        var reader = new LogReader(new BrokerOptions(), runtime, _cluster.Objects,
            new DamageReporter(new Troubles(runtime, _ => null).Damage), new ByteBudget(1_000_000), new TailMemory(0));
        _readers.Add(reader);
        return reader;
    }

    private async Task<List<string>> FollowAsync(ShardCluster.Process process, int records)
    {
        var reader = Reader();
        var values = new List<string>();
        for (long offset = 0, watermark = 0; values.Count < records;)
        {
            using var result = await reader.FetchAsync(
                process.Shard, ShardCluster.Partition, offset, new FetchOptions { MaxWait = TimeSpan.FromSeconds(30) }, ShardCluster.Token);
            Assert.Equal(ErrorCode.None, result.Error);
            Assert.True(result.HighWatermark >= watermark && result.NextOffset <= result.HighWatermark);
            watermark = result.HighWatermark;
            foreach (var piece in result.Pieces)
            {
                using var batch = RecordBatchReader.Read(piece);
                while (batch.TryRead(out var record))
                {
                    Assert.Equal(offset++, record.Offset);
                    values.Add(Encoding.UTF8.GetString(record.Value!.Value.Span));
                }
            }

            Assert.Equal(offset, result.NextOffset);
        }

        return values;
    }
}
