using System.Diagnostics.Metrics;
using System.Text;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Records;
using CloudStream.Records.Compression;
using CloudStream.Storage;
using CloudStream.Storage.Faults;
using CloudStream.Storage.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests;

public sealed class BrokerTests : IAsyncDisposable
{
    private readonly Meter _meter = new("broker-tests");
    private readonly BrokerStores _stores = new(new MemoryObjectStore(), new MemoryMetadataStore());
    private readonly List<Broker> _brokers = [];
    private int _seed = 100;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
            await broker.DisposeAsync();
        _meter.Dispose();
    }

    [Fact]
    public async Task What_is_produced_is_fetched_with_its_offsets()
    {
        var broker = await StartAsync();
        await broker.CreateTopicAsync("orders", 3, Empty, Token);

        var appended = await AppendAsync(broker, "orders", 1, "a", "b");
        await AppendAsync(broker, "orders", 1, "c");

        Assert.Equal((ErrorCode.None, 0L, 1L), (appended.Error, appended.BaseOffset, appended.LastOffset));
        Assert.Equal([(0L, "a"), (1L, "b"), (2L, "c")], await ReadAsync(broker, "orders", 1));
        Assert.Empty(await ReadAsync(broker, "orders", 0));
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_created_by_a_produce_unless_that_is_switched_off()
    {
        var open = await StartAsync();
        Assert.Equal(0, (await AppendAsync(open, "fresh", 0, "x")).BaseOffset);

        var strict = await StartAsync(o => o.Settings["auto.create.topics.enable"] = "false");

        Assert.Equal(ErrorCode.UnknownTopic, (await AppendAsync(strict, "other", 0, "x")).Error);
        Assert.Equal(ErrorCode.UnknownPartition, (await AppendAsync(open, "fresh", 1, "x")).Error);
        Assert.Equal(ErrorCode.UnknownTopic, (await strict.FetchAsync(new TopicPartition("other", 0), 0, new FetchOptions(), Token)).Error);
    }

    [Fact]
    public async Task A_broker_that_starts_on_the_same_stores_serves_everything()
    {
        var first = await StartAsync();
        await first.CreateTopicAsync("t", 2, Empty, Token);
        for (var i = 0; i < 300; i++)
            await AppendAsync(first, "t", i % 2, $"r{i}");
        await first.DrainAsync(Token);
        await first.DisposeAsync();

        var second = await StartAsync();

        Assert.Equal(first.ClusterId, second.ClusterId);
        Assert.Equal(Enumerable.Range(0, 150).Select(i => ((long)i, $"r{2 * i}")), await ReadAsync(second, "t", 0));
        Assert.Equal(150, (await AppendAsync(second, "t", 1, "next")).BaseOffset);
    }

    [Fact]
    public async Task Several_brokers_take_appends_for_every_partition_and_readers_of_each_see_all()
    {
        var brokers = new[] { await StartAsync(), await StartAsync(), await StartAsync() };
        Assert.Equal([0, 1, 2], brokers.Select(b => b.BrokerId));
        await brokers[0].CreateTopicAsync("t", 4, Empty, Token);

        await Task.WhenAll(Enumerable.Range(0, 120).Select(i => AppendAsync(brokers[i % 3], "t", i % 4, $"r{i}")));

        foreach (var broker in brokers)
        {
            for (var partition = 0; partition < 4; partition++)
            {
                var log = await ReadAsync(broker, "t", partition, 30);
                Assert.Equal(Enumerable.Range(0, 30).Select(i => (long)i), log.Select(l => l.Offset));
                Assert.Equal(Enumerable.Range(0, 120).Where(i => i % 4 == partition).Select(i => $"r{i}").Order(),
                    log.Select(l => l.Value).Order());
            }
        }
    }

    [Fact]
    public async Task A_fetch_at_the_end_waits_for_the_commit_of_another_broker()
    {
        var (reader, writer) = (await StartAsync(), await StartAsync());
        await writer.CreateTopicAsync("t", 1, Empty, Token);

        var fetch = reader.FetchAsync(
            new TopicPartition("t", 0), 0, new FetchOptions { MaxWait = TimeSpan.FromMinutes(1) }, Token).AsTask();
        await AppendAsync(writer, "t", 0, "hello");

        using var result = await fetch;
        Assert.Equal(("hello", 1L), (Values(result).Single().Value, result.HighWatermark));
    }

    [Fact]
    public async Task Delete_records_moves_the_log_start_and_offsets_below_are_out_of_range()
    {
        var broker = await StartAsync();
        await broker.CreateTopicAsync("t", 1, Empty, Token);
        for (var i = 0; i < 10; i++)
            await AppendAsync(broker, "t", 0, $"r{i}");
        var partition = new TopicPartition("t", 0);

        var trimmed = await broker.DeleteRecordsAsync(partition, 4, Token);

        Assert.Equal((ErrorCode.None, 4L), (trimmed.Error, trimmed.Offset));
        using var below = await broker.FetchAsync(partition, 3, new FetchOptions(), Token);
        Assert.Equal((ErrorCode.OffsetOutOfRange, 4L, 10L), (below.Error, below.LogStartOffset, below.HighWatermark));
        Assert.Equal(4, (await broker.ListOffsetAsync(partition, OffsetSpec.Earliest, Token)).Offset);
        Assert.Equal(10, (await broker.DeleteRecordsAsync(partition, -1, Token)).Offset);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await broker.DeleteRecordsAsync(partition, 11, Token)).Error);
    }

    [Fact]
    public async Task Log_append_time_stamps_records_with_the_brokers_clock()
    {
        var broker = await StartAsync();
        await broker.CreateTopicAsync("t", 1, new Dictionary<string, string> { ["message.timestamp.type"] = "LogAppendTime" }, Token);

        var appended = await AppendAsync(broker, "t", 0, "x");

        using var result = await broker.FetchAsync(new TopicPartition("t", 0), 0, new FetchOptions(), Token);
        using var reader = RecordBatchReader.Read(result.Pieces[0]);
        Assert.True(reader.TryRead(out var record));
        Assert.True(appended.LogAppendTimeMs > 1_000);
        Assert.Equal(appended.LogAppendTimeMs, record.Timestamp);
    }

    [Fact]
    public async Task Producer_ids_are_never_handed_out_twice_by_brokers_of_a_cluster()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        var ids = new List<long>();
        for (var i = 0; i < 1500; i++)
            ids.Add(await (i % 2 == 0 ? first : second).AllocateProducerIdAsync(Token));

        Assert.Equal(1500, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_broker_without_leases_serves_like_a_function()
    {
        var function = await StartAsync(o => o.HoldLeases = false);
        Assert.Equal(0, (await AppendAsync(function, "t", 0, "x")).BaseOffset);
        await function.DisposeAsync();

        var thawed = await StartAsync(o => o.HoldLeases = false);

        Assert.Equal([(0L, "x")], await ReadAsync(thawed, "t", 0));
        Assert.Equal(-1, thawed.BrokerId);
    }

    [Fact]
    public async Task A_holder_shows_at_least_what_a_broker_without_the_lease_has_shown()
    {
        var holder = await StartAsync();
        await holder.CreateTopicAsync("t", 1, Empty, Token);
        await AppendAsync(holder, "t", 0, "a");
        var function = await StartAsync(o => o.HoldLeases = false);
        Assert.Equal(1, (await AppendAsync(function, "t", 0, "b")).BaseOffset);

        using var one = await holder.FetchAsync(new TopicPartition("t", 0), 0, new FetchOptions(), Token);
        Assert.Equal(2, one.HighWatermark);
        Assert.Equal(2, (await AppendAsync(function, "t", 0, "c")).BaseOffset);
        var place = new PartitionId((await holder.FindTopicAsync("t", Token))!.Id, 0);
        using var many = (await holder.FetchManyAsync([new PartitionFetch(place, 0, 1)], new FetchOptions(), Token))[0];
        Assert.Equal(3, many.HighWatermark);
    }

    [Fact]
    public async Task A_partition_that_another_broker_added_is_not_called_unknown_while_the_store_cannot_be_asked()
    {
        var isAway = false;
        var stores = _stores with { Metadata = new FaultyMetadataStore(_stores.Metadata, (call, _) => isAway
            && call.Name.StartsWith("topics/", StringComparison.Ordinal)
            ? throw new StoreException(StoreErrorKind.Refused, "not now") : new(StoreFault.None)) };
        var broker = await StartAsync(stores: stores);
        await broker.CreateTopicAsync("t", 1, Empty, Token);
        await AppendAsync(broker, "t", 0, "a");
        await (await StartAsync()).AddPartitionsAsync("t", 3, Token);
        var id = (await broker.FindTopicAsync("t", Token))!.Id;
        isAway = true;

        var place = new TopicPartition("t", 2);
        using var fetched = await broker.FetchAsync(place, 0, new FetchOptions(), Token);
        using var many = (await broker.FetchManyAsync([new PartitionFetch(new PartitionId(id, 2), 0, 1)], new FetchOptions(), Token))[0];
        Assert.Equal((ErrorCode.StoreRefused, ErrorCode.StoreRefused), (fetched.Error, many.Error));
        Assert.Equal(ErrorCode.StoreRefused, (await AppendAsync(broker, "t", 2, "b")).Error);
        Assert.Equal(ErrorCode.StoreRefused, (await broker.ListOffsetAsync(place, OffsetSpec.Latest, Token)).Error);

        isAway = false;
        Assert.Equal(0, (await AppendAsync(broker, "t", 2, "b")).BaseOffset);
    }

    [Fact]
    public async Task An_append_goes_to_the_topic_that_another_broker_created_anew()
    {
        var broker = await StartAsync();
        await broker.CreateTopicAsync("t", 1, Empty, Token);
        await AppendAsync(broker, "t", 0, "old");
        var other = await StartAsync(o => o.HoldLeases = false);
        Assert.Equal(ErrorCode.None, (await other.DeleteTopicAsync("t", Token)).Error);
        Assert.Equal(ErrorCode.None, (await other.CreateTopicAsync("t", 1, Empty, Token)).Error);

        var appended = await AppendAsync(broker, "t", 0, "new");
        Assert.Equal((ErrorCode.None, 0L), (appended.Error, appended.BaseOffset));
        Assert.Equal([(0L, "new")], await ReadAsync(broker, "t", 0));
    }

    [Fact]
    public async Task What_is_asked_of_a_topic_by_its_id_never_lands_in_another_one_of_its_name()
    {
        var broker = await StartAsync();
        await broker.CreateTopicAsync("t", 1, Empty, Token);
        await AppendAsync(broker, "t", 0, "old");
        var gone = new PartitionId((await broker.FindTopicAsync("t", Token))!.Id, 0);
        var other = await StartAsync(o => o.HoldLeases = false);
        await other.DeleteTopicAsync("t", Token);
        await other.CreateTopicAsync("t", 1, Empty, Token);
        await AppendAsync(other, "t", 0, "new", "and", "more");

        var batch = ShardCluster.Batch("lost");
        using var fetched = await broker.FetchAsync(gone, 1, new FetchOptions(), Token);
        using var many = (await broker.FetchManyAsync([new PartitionFetch(gone, 1, 1000)], new FetchOptions(), Token))[0];
        Assert.Equal(
            Enumerable.Repeat(ErrorCode.UnknownTopic, 7),
            [
                (await broker.AppendAsync(gone, batch, new AppendOptions(), Token)).Error, fetched.Error, many.Error,
                (await broker.ListOffsetAsync(gone, OffsetSpec.Latest, Token)).Error,
                (await broker.FindEpochEndAsync(gone, 0, Token)).Error,
                (await broker.DeleteRecordsAsync(gone, -1, Token)).Error, (await broker.DescribeProducersAsync(gone, Token)).Error,
            ]);
        Assert.Equal([(0L, "new"), (1L, "and"), (2L, "more")], await ReadAsync(broker, "t", 0));
    }

    [Fact]
    public async Task A_compacted_topic_names_the_records_without_a_key_and_takes_none_of_their_batch()
    {
        var broker = await StartAsync();
        await broker.CreateTopicAsync("state", 1, new Dictionary<string, string> { ["cleanup.policy"] = "compact" }, Token);
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = CompressionType.Gzip });
        foreach (var key in new[] { "a"u8.ToArray(), null, [], null })
            builder.Append(1_000, key, "value"u8.ToArray());

        var refused = await broker.AppendAsync(new TopicPartition("state", 0), builder.Build().ToArray(), new AppendOptions(), Token);
        using var keyed = new RecordBatchBuilder(new RecordBatchOptions());
        keyed.Append(1_000, "a"u8.ToArray(), "value"u8.ToArray());
        var taken = await broker.AppendAsync(new TopicPartition("state", 0), keyed.Build().ToArray(), new AppendOptions(), Token);

        Assert.Equal((ErrorCode.InvalidRecord, -1L), (refused.Error, refused.BaseOffset));
        Assert.Equal([1, 3], refused.RefusedRecords!.Select(static r => r.Index));
        Assert.Equal((ErrorCode.None, 0L), (taken.Error, taken.BaseOffset));
    }

    private static Dictionary<string, string> Empty => [];

    [Fact]
    public async Task A_broker_that_a_defect_has_crippled_says_so_and_is_not_ready()
    {
        var isDefect = false;
        var metadata = new FaultyMetadataStore(
            _stores.Metadata,
            (call, _) => isDefect && call.Operation == StoreOperation.Put
                ? throw new InvalidOperationException("a defect")
                : new(StoreFault.None));
        var broker = await StartAsync(o => o.HoldLeases = false, _stores with { Metadata = metadata });
        await AppendAsync(broker, "t", 0, "kept");
        Assert.True(broker.IsReady);
        Assert.False(broker.Failed.IsCompleted);

        isDefect = true;
        var lost = AppendAsync(broker, "t", 0, "lost");

        Assert.Equal("a defect", (await broker.Failed.WaitAsync(Token)).Message);
        Assert.False(broker.IsReady);
        Assert.NotEqual(ErrorCode.None, (await lost).Error);
        isDefect = false;
        Assert.Equal([(0L, "kept")], await ReadAsync(await StartAsync(), "t", 0));
    }

    [Fact]
    public async Task A_defect_in_one_upload_fails_its_records_alone()
    {
        var isDefect = false;
        var objects = new FaultyObjectStore(
            _stores.Objects,
            (call, _) => isDefect && call.Operation == StoreOperation.Put
                ? throw new InvalidOperationException("a defect")
                : new(StoreFault.None));
        var broker = await StartAsync(stores: _stores with { Objects = objects });
        await AppendAsync(broker, "t", 0, "a");

        isDefect = true;
        Assert.Equal(ErrorCode.StoreRefused, (await AppendAsync(broker, "t", 0, "lost")).Error);
        isDefect = false;

        Assert.Equal(1, (await AppendAsync(broker, "t", 0, "b")).BaseOffset);
        Assert.True(broker.IsReady);
        Assert.Equal([(0L, "a"), (1L, "b")], await ReadAsync(broker, "t", 0));
    }

    private async Task<Broker> StartAsync(Action<BrokerOptions>? configure = null, BrokerStores? stores = null)
    {
        var options = new BrokerOptions { FlushInterval = TimeSpan.FromMilliseconds(1) };
        options.Settings["log.retention.ms"] = "-1"; // The test batches are stamped with a time long ago.
        configure?.Invoke(options);
        var runtime = new BrokerRuntime(TimeProvider.System, new RandomSource(_seed++), NullLoggerFactory.Instance, _meter);
        var broker = await Broker.StartAsync(stores ?? _stores, options, runtime, Token);
        _brokers.Add(broker);
        return broker;
    }

    private static async Task<AppendResult> AppendAsync(Broker broker, string topic, int partition, params string[] values) =>
        await broker.AppendAsync(new TopicPartition(topic, partition), ShardCluster.Batch(values), new AppendOptions(), Token);

    private static async Task<List<(long Offset, string Value)>> ReadAsync(Broker broker, string topic, int partition, int atLeast = 0)
    {
        var log = new List<(long Offset, string Value)>();
        while (true)
        {
            var wait = log.Count < atLeast ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;
            using var result = await broker.FetchAsync(
                new TopicPartition(topic, partition), log.Count == 0 ? 0 : log[^1].Offset + 1, new FetchOptions { MaxWait = wait }, Token);
            Assert.True(result.Error == ErrorCode.None, $"{result.Error}: {result.Detail}; read so far {string.Join(' ', log)}");
            if (result.Bytes == 0)
                return log;
            log.AddRange(Values(result));
        }
    }

    private static List<(long Offset, string Value)> Values(FetchResult result)
    {
        var values = new List<(long, string)>();
        foreach (var piece in result.Pieces)
        {
            using var reader = RecordBatchReader.Read(piece);
            while (reader.TryRead(out var record))
                values.Add((record.Offset, Encoding.UTF8.GetString(record.Value!.Value.Span)));
        }

        return values;
    }
}
