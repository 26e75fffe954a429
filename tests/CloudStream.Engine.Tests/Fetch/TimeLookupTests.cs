using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Records;
using CloudStream.Records.Compression;
using CloudStream.Storage.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>
/// Look-ups by time into batches that hold far more than they have bytes, or that cannot be read: bounded, and exact or refused.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class TimeLookupTests : IAsyncDisposable
{
    private const int DecodeBytes = 4 * 1024 * 1024;
    private const long First = 1_000_000;

    private static readonly TopicPartition s_place = new("t", 0);

    private readonly Meter _meter = new("time-lookup-tests");
    private Broker _broker = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _meter.Dispose();
    }

    [Theory]
    [InlineData(CompressionType.Gzip, "delete")]
    [InlineData(CompressionType.Zstd, "delete")]
    [InlineData(CompressionType.Lz4, "compact")]
    public async Task Many_at_once_into_a_batch_that_expands_to_a_thousand_times_share_a_budget_of_memory(
        CompressionType type, string policy)
    {
        await StartAsync("true");
        await _broker.CreateTopicAsync(
            "t", 1, new Dictionary<string, string> { ["cleanup.policy"] = policy, ["retention.ms"] = "-1" }, Token);
        var batch = Batch(type, 60, 1_000_000);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);

        var appends = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => Task.Run(() => AppendAsync(batch), Token)));
        var found = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => Task.Run(() => LookUpAsync(First + 59), Token)));

        Assert.All(appends, static a => Assert.Equal(ErrorCode.None, a.Error));
        Assert.All(found, static f => Assert.Equal((ErrorCode.None, 59L, First + 59), (f.Error, f.Offset, f.TimestampMs)));
        // Of 2.9 GB that were decompressed; the batches themselves are in it.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - allocated, 0, 100_000_000);
        Assert.InRange(_broker.Memory.Decoding.Highest, 1, DecodeBytes);
        Assert.Equal(0, _broker.Memory.Decoding.Used);
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task A_stored_batch_that_holds_more_than_the_limit_is_not_guessed_at(CompressionType type)
    {
        await StartAsync("true");
        await _broker.CreateTopicAsync("t", 1, new Dictionary<string, string> { ["retention.ms"] = "-1" }, Token);
        await AppendAsync(Batch(type, 10, 1000));
        Assert.Equal(9, (await LookUpAsync(First + 9)).Offset);
        await _broker.AlterConfigAsync("t", new Dictionary<string, string?> { ["max.decompressed.message.bytes"] = "5000" }, Token);

        var refused = await LookUpAsync(First + 9);

        Assert.Equal((ErrorCode.MessageTooLarge, -1L), (refused.Error, refused.Offset));
        Assert.Equal(
            "The record batch at offset 0 decompresses to more than 5000 bytes (max.decompressed.message.bytes), so that its records "
                + "cannot be found by their times.",
            refused.Detail);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    public async Task A_stored_batch_that_cannot_be_read_is_not_guessed_at(CompressionType type)
    {
        await StartAsync("false");
        await _broker.CreateTopicAsync("t", 1, new Dictionary<string, string> { ["retention.ms"] = "-1" }, Token);
        var batch = Batch(type, 3, 100);
        (batch[RecordBatchLayout.RecordCount + 3], batch[RecordBatchLayout.LastOffsetDelta + 3]) = (4, 3);
        RecordBatchLayout.SetMaxTimestampCreate(batch, First + 20);
        await AppendAsync(batch);

        var refused = await LookUpAsync(First + 10);

        Assert.Equal((ErrorCode.Undecodable, -1L), (refused.Error, refused.Offset));
        Assert.StartsWith("The record batch at offset 0 is cut off or malformed at the length of record 3", refused.Detail,
            StringComparison.Ordinal);
        Assert.Equal(ErrorCode.Undecodable, (await _broker.ListOffsetAsync(s_place, OffsetSpec.MaxTimestamp, Token)).Error);
    }

    private async Task StartAsync(string checks)
    {
        var options = new BrokerOptions { FlushInterval = TimeSpan.FromMilliseconds(1), HoldLeases = false, MaxDecodeBytes = DecodeBytes };
        options.Settings["cloudstream.check.records"] = checks;
        var runtime = new BrokerRuntime(TimeProvider.System, new RandomSource(7), NullLoggerFactory.Instance, _meter);
        _broker = await Broker.StartAsync(new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore()), options, runtime, Token);
    }

    private async Task<AppendResult> AppendAsync(byte[] batch) => await _broker.AppendAsync(s_place, batch, new AppendOptions(), Token);

    private async Task<OffsetResult> LookUpAsync(long timestamp) =>
        await _broker.ListOffsetAsync(s_place, new OffsetSpec(timestamp), Token);

    private static byte[] Batch(CompressionType type, int records, int valueBytes)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });
        for (var i = 0; i < records; i++)
            builder.Append(First + i, "key"u8, new byte[valueBytes]);
        return builder.Build().ToArray();
    }
}
