using System.Text;
using CloudStream.Http.Face;
using CloudStream.Http.Tests.Hosting;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Http.Tests;

public class BatchesTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private const string Type = "application/vnd.cloudstream.batches";

    private HttpHost Host => fixture.Host;

    [Fact]
    public async Task Batches_come_back_as_they_went_in_but_for_their_offsets()
    {
        var path = $"/v1/topics/{await Host.NewTopicAsync()}/partitions/0/batches";

        var first = (await Host.PostAsync(path, HttpHost.Body(Batch("a", "b"), Type))).AssertOk();
        var second = (await Host.PostAsync(path, HttpHost.Body([.. Batch("c"), .. Batch("d")], Type))).AssertOk();

        Assert.Equal("""{"baseOffset":0,"lastOffset":1,"logStartOffset":0,"highWatermark":2}""", first.Text);
        Assert.Equal((2, 3), (second.Json.GetProperty("baseOffset").GetInt64(), second.Json.GetProperty("lastOffset").GetInt64()));
        var fetched = (await Host.GetAsync($"{path}?offset=1")).AssertOk();
        Assert.Equal(Type, fetched.ContentType);
        Assert.Equal($"{fetched.Bytes.Length}", fetched.Headers["Content-Length"]);
        Assert.Equal(
            ("4", "4", "0"),
            (fetched.Headers["CloudStream-Next-Offset"], fetched.Headers["CloudStream-High-Watermark"],
                fetched.Headers["CloudStream-Log-Start-Offset"]));
        Assert.Equal(["0 a", "1 b", "2 c", "3 d"], Read(fetched.Bytes));
    }

    [Fact]
    public async Task A_body_without_a_length_is_taken_too()
    {
        var path = $"/v1/topics/{await Host.NewTopicAsync()}/partitions/0/batches";
        var batches = Enumerable.Range(0, 100).SelectMany(i => Batch(new string('x', 1000))).ToArray();
        using var content = new StreamContent(new UnknownLengthStream(batches));
        content.Headers.TryAddWithoutValidation("Content-Type", Type);

        Assert.Equal(99, (await Host.PostAsync(path, content)).AssertOk().Json.GetProperty("lastOffset").GetInt64());
    }

    [Fact]
    public async Task The_end_of_the_log_is_an_empty_body_and_waiting_ends_with_a_commit()
    {
        var path = $"/v1/topics/{await Host.NewTopicAsync()}/partitions/0/batches";

        var empty = (await Host.GetAsync($"{path}?offset=0")).AssertOk();
        var waiting = Host.GetAsync($"{path}?offset=0&wait=20s&minBytes=1");
        (await Host.PostAsync(path, HttpHost.Body(Batch("x"), Type))).AssertOk();

        Assert.Equal(("0", 0, "0"), (empty.Headers["Content-Length"], empty.Bytes.Length, empty.Headers["CloudStream-Next-Offset"]));
        Assert.Equal(["0 x"], Read((await waiting).AssertOk().Bytes));
    }

    [Fact]
    public async Task A_conditional_append_is_refused_where_the_log_does_not_end()
    {
        var path = $"/v1/topics/{await Host.NewTopicAsync()}/partitions/0/batches";
        (await Host.PostAsync(path, HttpHost.Body(Batch("a"), Type), ("If-Match", "\"0\""))).AssertOk();

        var late = await Host.PostAsync(path, HttpHost.Body(Batch("b"), Type), ("If-Match", "\"0\""));

        Assert.Equal(1, late.AssertProblem(409, "offset-mismatch").Json.GetProperty("endOffset").GetInt64());
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Zstd)]
    public async Task A_batch_whose_records_are_not_sound_is_refused_and_the_record_is_named(CompressionType type)
    {
        var path = $"/v1/topics/{await Host.NewTopicAsync()}/partitions/0/batches";
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });
        builder.Append(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), (byte[]?)null, "enough bytes for two"u8);
        var counted = builder.Build().ToArray();
        (counted[RecordBatchLayout.RecordCount + 3], counted[RecordBatchLayout.LastOffsetDelta + 3]) = (2, 1);
        RecordBatchLayout.UpdateCrc(counted);

        var refused = (await Host.PostAsync(path, HttpHost.Body([.. Batch("a", "b"), .. counted], Type))).AssertProblem(
            400, "invalid-record");

        var record = Assert.Single(refused.Json.GetProperty("records").EnumerateArray());
        Assert.Equal(3, record.GetProperty("index").GetInt32());
        Assert.Contains("is cut off or malformed at the length of record 1", record.GetProperty("reason").GetString(),
            StringComparison.Ordinal);
        Assert.Equal("0", (await Host.GetAsync($"{path}?offset=0")).AssertOk().Headers["CloudStream-High-Watermark"]);
    }

    [Fact]
    public async Task An_idempotent_batch_that_is_repeated_is_a_duplicate()
    {
        var path = $"/v1/topics/{await Host.NewTopicAsync()}/partitions/0/batches";
        var id = (await Host.PostAsync("/v1/producers", HttpHost.Body([], "application/json"))).AssertOk().Json.GetProperty(
            "producerId").GetInt64();
        var batch = Batch(new RecordBatchOptions { ProducerId = id, ProducerEpoch = 0, BaseSequence = 0 }, "a");

        (await Host.PostAsync(path, HttpHost.Body(batch, Type))).AssertOk();
        var again = (await Host.PostAsync(path, HttpHost.Body(batch, Type))).AssertOk();

        Assert.True(again.Json.GetProperty("duplicate").GetBoolean());
        Assert.Equal(0, again.Json.GetProperty("baseOffset").GetInt64());
    }

    [Fact]
    public async Task Compressed_batches_are_kept_compressed_and_shown_as_records()
    {
        var topic = await Host.NewTopicAsync();
        var path = $"/v1/topics/{topic}/partitions/0";
        var batch = Batch(new RecordBatchOptions { Compression = CompressionType.Gzip }, new string('x', 5000));

        (await Host.PostAsync($"{path}/batches", HttpHost.Body(batch, Type))).AssertOk();

        Assert.Equal(batch.Length, (await Host.GetAsync($"{path}/batches?offset=0")).AssertOk().Bytes.Length);
        Assert.Equal(new string('x', 5000),
            (await Host.GetAsync($"{path}/records")).AssertOk().Json.GetProperty("records")[0].GetProperty("value").GetString());
    }

    [Fact]
    public async Task Bad_batches_are_refused()
    {
        var path = $"/v1/topics/{await Host.NewTopicAsync()}/partitions/0/batches";
        var flipped = Batch("abc");
        flipped[^1] ^= 1;

        (await Host.PostAsync(path, HttpHost.Body(flipped, Type))).AssertProblem(400, "corrupt-message");
        (await Host.PostAsync(path, HttpHost.Body(Batch("abc")[..^1], Type))).AssertProblem(400, "corrupt-message");
        (await Host.PostAsync(path, HttpHost.Body([], Type))).AssertProblem(400, "invalid-request", "empty");
        (await Host.PostAsync(path, HttpHost.Body(Batch("abc"), "application/octet-stream"))).AssertProblem(
            415, "unsupported-media-type", Type);
        Assert.Empty((await Host.GetAsync($"{path}?offset=0")).AssertOk().Bytes);
    }

    [Theory]
    [InlineData("", "offset")]
    [InlineData("?offset=-1", "-1")]
    [InlineData("?offset=latest", "integer")]
    [InlineData("?offset=0&maxBytes=67108865", "67108864")]
    [InlineData("?offset=0&maxBytes=10&minBytes=11", "minBytes")]
    [InlineData("?offset=0&wait=60001", "60000")]
    [InlineData("?offset=0&limit=1", "limit")]
    public async Task Bad_parameters_are_named(string query, string word) =>
        (await Host.GetAsync($"/v1/topics/{await Host.NewTopicAsync()}/partitions/0/batches{query}")).AssertProblem(
            400, "invalid-request", word);

    [Fact]
    public async Task What_is_not_there_is_not_found_or_out_of_range()
    {
        var topic = await Host.NewTopicAsync();

        (await Host.PostAsync("/v1/topics/no-such-topic/partitions/0/batches", HttpHost.Body(Batch("x"), Type))).AssertProblem(
            404, "unknown-topic");
        (await Host.PostAsync($"/v1/topics/{topic}/partitions/1/batches", HttpHost.Body(Batch("x"), Type))).AssertProblem(
            404, "unknown-partition");
        (await Host.GetAsync($"/v1/topics/{topic}/partitions/1/batches?offset=0")).AssertProblem(404, "unknown-partition");
        var problem = (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/batches?offset=5")).AssertProblem(
            416, "offset-out-of-range").Json;
        Assert.Equal(0, problem.GetProperty("highWatermark").GetInt64());
    }

    internal static byte[] Batch(params string[] values) => Batch(new RecordBatchOptions(), values);

    internal static byte[] Batch(RecordBatchOptions options, params string[] values)
    {
        using var builder = new RecordBatchBuilder(options);
        foreach (var value in values)
            builder.Append(1_700_000_000_000, default, Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }

    private static List<string> Read(byte[] batches)
    {
        var records = new List<string>();
        using var reader = RecordBatchReader.Read(batches);
        while (reader.TryRead(out var record))
            records.Add($"{record.Offset} {Encoding.UTF8.GetString(record.Value!.Value.Span)}");
        return records;
    }

    internal sealed class UnknownLengthStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
