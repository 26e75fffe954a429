using System.Diagnostics.Metrics;
using System.Text;
using CloudStream.Cluster.Settings;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Calls;
using CloudStream.Log.Flushes;
using CloudStream.Log.Entries;
using CloudStream.Log.Health;
using CloudStream.Log.Memory;
using CloudStream.Log.Reading;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Records;
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
    public async Task A_process_with_nothing_warm_reads_what_others_wrote_with_their_epochs()
    {
        var writer = await _cluster.OpenAsync();
        await writer.AppendAsync("before");
        await writer.Shard.SubmitAsync(_ => new HolderEntry(0, 1, "somebody"), ShardCluster.Token);
        await writer.AppendAsync("after");
        var cold = await _cluster.OpenAsync(createPartitions: false);

        using var result = await Reader().FetchAsync(cold.Shard, ShardCluster.Partition, 0, new(), ShardCluster.Token);
        var latest = await Reader().ListOffsetAsync(
            cold.Shard, ShardCluster.Partition, OffsetSpec.Latest, int.MaxValue, ShardCluster.Token);

        Assert.Equal([(0L, 0), (1L, 1)],
            result.Pieces.Select(p => (new RecordBatchHeader(p.Span).BaseOffset, new RecordBatchHeader(p.Span).PartitionLeaderEpoch)));
        Assert.Equal(new OffsetResult(ErrorCode.None, 2, -1, 1), latest);
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
