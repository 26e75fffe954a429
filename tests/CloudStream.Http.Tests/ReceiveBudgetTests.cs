using System.Net.Sockets;
using System.Text;
using CloudStream.Cli.Tests;
using CloudStream.Cluster;
using CloudStream.Http.Requests;
using CloudStream.Http.Tests.Hosting;
using CloudStream.Log.Memory;
using Meter = System.Diagnostics.Metrics.Meter;

namespace CloudStream.Http.Tests;

/// <summary>What all bodies and uploads together may hold.</summary>
public sealed class ReceiveBudgetTests : IAsyncLifetime
{
    private const string Batches = "application/vnd.cloudstream.batches", Ndjson = "application/x-ndjson";
    private const int LargeBytes = 700_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Meter _meter = new(nameof(ReceiveBudgetTests)); // By its real name others would report it, too.
    private readonly ManualTime _time = new();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Broker _inner = null!;
    private ScriptedBroker _broker = null!;
    private HttpHost _host = null!;
    private string _topic = null!;

    private TransferBudget Receiving => _inner.Memory.Receiving;

    public async ValueTask InitializeAsync()
    {
        _inner = await BrokerFixture.StartBrokerAsync(
            _meter, ("cloudstream.receive.bytes", "1048576"), ("message.max.bytes", "4000000"),
            ("log.message.timestamp.after.max.ms", "9223372036854775807"));
        _broker = new ScriptedBroker(_inner);
        _host = await HttpHost.StartAsync(_broker, time: _time);
        _topic = await _host.NewTopicAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _gate.TrySetResult();
        await _host.DisposeAsync();
        await _inner.DisposeAsync();
        _meter.Dispose();
    }

    [Fact]
    public async Task A_body_that_finds_no_room_waits_and_small_ones_do_not()
    {
        var other = await _host.NewTopicAsync();
        var id = (await _broker.FindTopicAsync(_topic, CancellationToken.None))!.Id;
        _broker.BeforeAppend = partition => partition.TopicId == id ? _gate.Task : Task.CompletedTask;
        var first = PostBatchAsync(_topic);
        await UntilAsync(() => Receiving.Used > LargeBytes);

        var second = PostBatchAsync(other);
        await UntilAsync(() => Receiving.Waiting == 1);

        (await _host.PostJsonAsync($"/v1/topics/{other}/records", """{"value":"small"}""")).AssertOk();
        Assert.False(second.IsCompleted);
        _gate.SetResult();
        (await first).AssertOk();
        Assert.Equal(1, (await second).AssertOk().Json.GetProperty("baseOffset").GetInt64());
        await UntilAsync(() => Receiving.Used == 0);
    }

    [Fact]
    public async Task A_JSON_array_counts_what_its_records_take_in_memory()
    {
        _broker.BeforeAppend = _ => _gate.Task;

        // 60 kB of text, 20,000 records.
        var posted = _host.PostJsonAsync($"/v1/topics/{_topic}/records", $"[{string.Join(',', Enumerable.Repeat("{}", 20_000))}]");

        await UntilAsync(() => Receiving.Used > 20_000 * 64);
        _gate.SetResult();
        Assert.Equal(20_000, (await posted).AssertOk().Json.GetProperty("results").GetArrayLength());
    }

    [Fact]
    public async Task Bodies_that_do_not_say_their_length_do_not_wait_for_each_other_for_ever()
    {
        var posts = Enumerable.Range(0, 8).Select(_ =>
        {
            var content = new StreamContent(new BatchesTests.UnknownLengthStream(BatchesTests.Batch(new string('x', 3_000_000))));
            content.Headers.TryAddWithoutValidation("Content-Type", Batches);
            return _host.PostAsync($"/v1/topics/{_topic}/partitions/0/batches", content);
        }).ToList();

        foreach (var post in posts)
            (await post).AssertOk();
        await UntilAsync(() => Receiving.Used == 0);
        Assert.True(Receiving.Waits > 0);
    }

    [Fact]
    public async Task An_upload_waits_without_holding_anything_and_goes_on()
    {
        _broker.BeforeAppend = partition => partition.Index == 0 ? _gate.Task : Task.CompletedTask;
        var wide = await _host.NewTopicAsync(2);
        var first = _host.PostAsync($"/v1/topics/{wide}/partitions/0/batches", HttpHost.Body(LargeBatch(), Batches));
        await UntilAsync(() => Receiving.Used > LargeBytes);

        var line = $"{{\"value\":\"{new string('y', 300_000)}\"}}\n";
        var lines = string.Concat(Enumerable.Repeat(line, 10));
        var upload = _host.PostAsync($"/v1/topics/{wide}/records?partition=1", HttpHost.Body(lines, Ndjson));
        await UntilAsync(() => Receiving.Waiting == 1);
        Assert.True(Receiving.Used < 1_048_576);

        _gate.SetResult();
        Assert.Equal(10, (await upload).AssertOk().Json.GetProperty("accepted").GetInt64());
        (await first).AssertOk();
        await UntilAsync(() => Receiving.Used == 0);
    }

    [Fact]
    public async Task A_body_that_does_not_come_on_is_answered_408_judged_by_bytes()
    {
        using var client = await SendAsync(
            $"POST /v1/topics/{_topic}/partitions/0/batches HTTP/1.1\r\nHost: localhost\r\nContent-Type: {Batches}\r\n"
                + $"Content-Length: {LargeBytes}\r\n\r\n");
        await UntilAsync(() => Receiving.Used == LargeBytes && _time.Timers > 0);
        for (var second = 0; second < 31; second++)
        {
            await client.SendAsync(new byte[1]);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var answer = await client.ReadUntilAsync("request-timeout");
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("65536 bytes", answer, StringComparison.Ordinal);
        await UntilAsync(() => Receiving.Used == 0);
    }

    [Fact]
    public async Task A_conditional_upload_that_does_not_come_on_is_given_up_and_says_so()
    {
        using var client = await SendAsync(
            $"POST /v1/topics/{_topic}/records?partition=0 HTTP/1.1\r\nHost: localhost\r\nContent-Type: {Ndjson}\r\nIf-Match: \"0\"\r\n"
                + $"Content-Length: {LargeBytes}\r\n\r\n{{\"value\":\"{new string('y', 200_000)}\"}}\n");
        await UntilAsync(() => Receiving.Used > 200_000 && _time.Timers > 0);

        // What came may still be being counted at the first looks.
        var reading = client.ReadUntilAsync("accepted");
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            return reading.IsCompleted;
        });
        var answer = await reading;
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("\"accepted\":0", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BodyProgress.Bytes - 1, true)]
    [InlineData(BodyProgress.Bytes, false)]
    public void Progress_is_so_many_bytes_in_each_span_of_time(int bytes, bool isStalled)
    {
        using var progress = new BodyProgress(TimeSpan.FromSeconds(30), _time, CancellationToken.None);
        for (var span = 0; span < 3; span++)
        {
            progress.Received(BodyProgress.Bytes);
            _time.Advance(TimeSpan.FromSeconds(30));
            Assert.False(progress.IsStalled);
        }

        progress.Received(bytes);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(isStalled, progress.IsStalled);
        Assert.Equal(isStalled, progress.Ends.IsCancellationRequested);
    }

    private static byte[] LargeBatch() => BatchesTests.Batch(new string('x', LargeBytes));

    private Task<Answer> PostBatchAsync(string topic) =>
        _host.PostAsync($"/v1/topics/{topic}/partitions/0/batches", HttpHost.Body(LargeBatch(), Batches));

    private async Task<Socket> SendAsync(string text)
    {
        var client = await _host.ConnectAsync();
        await client.SendAsync(Encoding.ASCII.GetBytes(text));
        return client;
    }

    private static Task UntilAsync(Func<bool> condition) =>
        Eventually.TrueAsync(() => Task.FromResult(condition()), s_patience, () => "this did not come about");
}
