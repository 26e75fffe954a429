using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Records;
using CloudStream.Records.Compression;
using CloudStream.Storage;
using CloudStream.Storage.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Produce;

/// <summary>What is in produced batches is checked; which codes and words Kafka has for it is held in ContentCases.</summary>
public sealed class RecordCheckTests : IAsyncDisposable
{
    private readonly Meter _meter = new("record-check-tests");
    private readonly List<Broker> _brokers = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
            await broker.DisposeAsync();
        _meter.Dispose();
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task A_batch_that_counts_more_records_than_it_has_is_refused_unless_producers_are_trusted(CompressionType type)
    {
        var batch = Batch(type, 3, 10);
        (batch[RecordBatchLayout.RecordCount + 3], batch[RecordBatchLayout.LastOffsetDelta + 3]) = (4, 3);
        RecordBatchLayout.UpdateCrc(batch);

        var refused = await AppendAsync(await StartAsync(), batch);
        var trusted = await AppendAsync(await StartAsync(("cloudstream.check.records", "false")), batch);

        Assert.Equal(ErrorCode.InvalidRecord, refused.Error);
        Assert.Equal(3, Assert.Single(refused.RefusedRecords!).Index);
        Assert.Equal((ErrorCode.None, 3L), (trusted.Error, trusted.LastOffset));
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task A_batch_that_holds_more_than_it_may_is_refused_with_the_limit(CompressionType type)
    {
        var broker = await StartAsync(("max.decompressed.message.bytes", "5000"));

        var refused = await AppendAsync(broker, Batch(type, 1, 5000));
        var taken = await AppendAsync(broker, Batch(type, 1, 4000));

        Assert.Equal(ErrorCode.MessageTooLarge, refused.Error);
        Assert.Equal("A record batch for partition t-0 decompresses to more than 5000 bytes (max.decompressed.message.bytes).",
            refused.Detail);
        Assert.Equal(ErrorCode.None, taken.Error);
    }

    [Fact]
    public async Task Of_very_many_refused_records_a_hundred_are_named()
    {
        var broker = await StartAsync();
        await broker.CreateTopicAsync("state", 1, new Dictionary<string, string> { ["cleanup.policy"] = "compact" }, Token);

        var refused = await broker.AppendAsync(
            new TopicPartition("state", 0), Batch(CompressionType.Gzip, 5000, 1), new AppendOptions(), Token);

        Assert.Equal(ErrorCode.InvalidRecord, refused.Error);
        Assert.Equal(100, refused.RefusedRecords!.Count);
        Assert.Contains("5000 record errors in total", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_trusted_is_stored_with_times_that_can_be()
    {
        var broker = await StartAsync(("cloudstream.check.records", "false"), ("log.retention.ms", "-1"));
        var batch = Batch(CompressionType.None, 1, 1);
        RecordBatchLayout.SetMaxTimestampLogAppend(batch, -7);

        Assert.Equal(ErrorCode.None, (await AppendAsync(broker, batch)).Error);

        using var fetched = await broker.FetchAsync(new TopicPartition("t", 0), 0, new FetchOptions(), Token);
        var header = new RecordBatchHeader(fetched.Pieces[0].Span);
        Assert.Equal((-1L, TimestampType.CreateTime), (header.MaxTimestamp, header.TimestampType));
        Assert.True(RecordBatchValidator.HasValidCrc(fetched.Pieces[0].Span));
    }

    private async Task<Broker> StartAsync(params (string Name, string Value)[] settings)
    {
        var options = new BrokerOptions { FlushInterval = TimeSpan.FromMilliseconds(1), HoldLeases = false };
        foreach (var (name, value) in settings)
            options.Settings[name] = value;
        var runtime = new BrokerRuntime(TimeProvider.System, new RandomSource(7), NullLoggerFactory.Instance, _meter);
        var broker = await Broker.StartAsync(new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore()), options, runtime, Token);
        _brokers.Add(broker);
        return broker;
    }

    private static async Task<AppendResult> AppendAsync(Broker broker, byte[] batch) =>
        await broker.AppendAsync(new TopicPartition("t", 0), batch, new AppendOptions(), Token);

    private static byte[] Batch(CompressionType type, int records, int valueBytes)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });
        for (var i = 0; i < records; i++)
            builder.Append(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), (byte[]?)null, new byte[valueBytes]);
        return builder.Build().ToArray();
    }
}
