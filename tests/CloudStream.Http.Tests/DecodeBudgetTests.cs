using System.Net.Sockets;
using System.Text;
using CloudStream.Cli.Tests;
using CloudStream.Cluster;
using CloudStream.Http.Tests.Hosting;
using CloudStream.Records;
using CloudStream.Records.Compression;
using Meter = System.Diagnostics.Metrics.Meter;

namespace CloudStream.Http.Tests;

/// <summary>Reads of single records decode within the budget that all decoders of a broker share, whatever the batches expand to.</summary>
public sealed class DecodeBudgetTests : IAsyncLifetime
{
    private const string Batches = "application/vnd.cloudstream.batches";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Meter _meter = new(nameof(DecodeBudgetTests));
    private Broker _broker = null!;
    private HttpHost _host = null!;
    private string _topic = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await BrokerFixture.StartBrokerAsync(
            _meter, ("cloudstream.decode.bytes", "1048576"), ("cloudstream.send.bytes", "4194304"), ("cloudstream.check.records", "false"),
            ("max.decompressed.message.bytes", "50000000"));
        _host = await HttpHost.StartAsync(_broker, o => o.Heartbeat = TimeSpan.FromMilliseconds(50));
        _topic = await _host.NewTopicAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _broker.DisposeAsync();
        _meter.Dispose();
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    [InlineData(CompressionType.None)]
    public async Task Every_record_comes_back_exactly_once_page_by_page_and_as_events(CompressionType type)
    {
        var random = new Random(1);
        string[] values = [.. Enumerable.Range(0, 300).Select(
            i => $"{i}-{new string((char)('a' + (i % 26)), random.Next(i % 50 == 0 ? 150_000 : 500))}")];
        await AppendAsync(type, values);

        var (read, offset) = (new List<string>(), 0L);
        while (offset < values.Length)
        {
            var page = (await _host.GetAsync($"{Path}?offset={offset}&limit=37&maxBytes=60000")).AssertOk().Json;
            read.AddRange(page.GetProperty("records").EnumerateArray().Select(r => r.GetProperty("value").GetString()!));
            offset = page.GetProperty("nextOffset").GetInt64();
            Assert.Equal(read.Count, offset);
        }

        Assert.Equal(values, read);
        using var events = await EventReader.OpenAsync(_host.Client, $"{Path}?offset=0&limit={values.Length}");
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(values[i], (await events.NextAsync())!.Value.Data.GetProperty("value").GetString());
        await NothingIsHeldAsync();
    }

    [Fact]
    public async Task Many_reads_of_a_small_batch_that_expands_to_much_take_little()
    {
        // 40 MB in 40 records.
        await AppendAsync(CompressionType.Gzip, [.. Enumerable.Repeat(new string('0', 1_000_000), 40)]);

        var pages = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => _host.GetAsync($"{Path}?offset={i}&limit=1")));

        foreach (var page in pages)
            Assert.Equal(1_000_000, page.AssertOk().Json.GetProperty("records")[0].GetProperty("value").GetString()!.Length);
        Assert.InRange(_broker.Memory.Decoding.Highest, 1, 1_048_576);
        await NothingIsHeldAsync();
    }

    [Fact]
    public async Task A_batch_that_expands_to_more_than_the_limit_is_refused_with_its_name()
    {
        await AppendAsync(CompressionType.Gzip, [.. Enumerable.Repeat(new string('0', 1_000_000), 60)]);

        // Up to the limit it is served, as exactly as any other.
        Assert.Equal(1, (await _host.GetAsync($"{Path}?offset=0&limit=1")).AssertOk().Json.GetProperty("nextOffset").GetInt64());
        (await _host.GetAsync($"{Path}?offset=55&limit=1")).AssertProblem(413, "message-too-large", "max.decompressed.message.bytes");
        using var events = await EventReader.OpenAsync(_host.Client, $"{Path}?offset=45");
        var seen = 0;
        while ((await events.NextAsync())!.Value.Data.TryGetProperty("offset", out _))
            seen++;
        Assert.InRange(seen, 1, 5);
        await NothingIsHeldAsync();
    }

    [Fact]
    public async Task A_slow_reader_keeps_nobody_from_decoding()
    {
        await AppendAsync(CompressionType.Zstd, [.. Enumerable.Range(0, 400).Select(i => $"{i}{new string('x', 100_000)}")]);
        using var slow = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await slow.ConnectAsync(_host.Address.Host, _host.Address.Port);
        await slow.SendAsync(Encoding.ASCII.GetBytes(
            $"GET {Path}?offset=0 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"));
        await Eventually.TrueAsync(
            () => Task.FromResult(_broker.Memory.Sending.Used > 0 && _broker.Memory.Decoding.Used == 0), s_patience,
            () => "the reader holds what others decode with");

        var page = (await _host.GetAsync($"{Path}?offset=399")).AssertOk().Json;
        Assert.StartsWith("399x", page.GetProperty("records")[0].GetProperty("value").GetString(), StringComparison.Ordinal);
    }

    private string Path => $"/v1/topics/{_topic}/partitions/0/records";

    private async Task AppendAsync(CompressionType type, string[] values)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var value in values)
            builder.Append(now, (byte[]?)null, Encoding.UTF8.GetBytes(value));
        var batch = builder.Build().ToArray();
        if (batch.Length > 1_000_000)
            _topic = await _host.NewTopicAsync(config: """{"max.message.bytes":"50000000"}""");
        (await _host.PostAsync($"/v1/topics/{_topic}/partitions/0/batches", HttpHost.Body(batch, Batches))).AssertOk();
    }

    private Task NothingIsHeldAsync() => Eventually.TrueAsync(
        () => Task.FromResult(_broker.Memory.Decoding.Used == 0 && _broker.Memory.Sending.Used == 0), s_patience,
        () => "something is still held");
}
