using System.Net.Sockets;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.Connections;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Pipelined_requests_are_answered_in_their_order_though_a_fetch_among_them_waits()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);

        var waiting = await client.SendAsync(Ask.Fetch("t", 0, 0, maxWaitMs: 20_000), 11);
        var produced = await client.SendAsync(Ask.Produce("t", 0, Ask.Batch("a")), 7);
        var listed = await client.SendAsync(new MetadataRequest(), 1);

        // The record that comes behind the fetch is what the fetch waits for.
        var (first, fetch) = await client.ReceiveAsync<FetchResponse>(11);
        var (second, produce) = await client.ReceiveAsync<ProduceResponse>(7);
        var (third, _) = await client.ReceiveAsync<MetadataResponse>(1);
        Assert.Equal([waiting, produced, listed], [first, second, third]);
        Assert.Equal(["a"], Ask.Values(fetch.Responses[0].Partitions[0]));
        Assert.Equal(0, produce.Responses[0].PartitionResponses[0].BaseOffset);
    }

    [Fact]
    public async Task A_request_behind_a_produce_sees_its_records()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);

        await client.SendAsync(Ask.Produce("t", 0, Ask.Batch("a", "b")), 7);
        await client.SendAsync(
            new ListOffsetsRequest { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }] }] }, 1);

        await client.ReceiveAsync<ProduceResponse>(7);
        var (_, offsets) = await client.ReceiveAsync<ListOffsetsResponse>(1);
        Assert.Equal(2, offsets.Topics[0].Partitions[0].Offset);
    }

    [Fact]
    public async Task Produce_requests_of_one_connection_append_in_their_order()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);

        const int requests = 200;
        for (var i = 0; i < requests; i++)
            await client.SendAsync(Ask.Produce("t", 0, Ask.Batch($"{i}")), 7);
        for (var i = 0; i < requests; i++)
            Assert.Equal(i, (await client.ReceiveAsync<ProduceResponse>(7)).Response.Responses[0].PartitionResponses[0].BaseOffset);

        var fetched = await client.AskAsync<FetchResponse>(Ask.Fetch("t", 0, 0), 11);
        Assert.Equal(Enumerable.Range(0, requests).Select(i => $"{i}"), Ask.Values(fetched.Responses[0].Partitions[0]));
    }

    [Fact]
    public async Task A_request_may_come_byte_by_byte()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        foreach (var part in client.Frame(new ApiVersionsRequest(), 0))
            await client.SendAsync(new[] { part });
        Assert.Equal(0, (await client.ReceiveAsync<ApiVersionsResponse>(0)).Response.ErrorCode);
    }

    [Fact]
    public async Task A_large_request_that_comes_in_pieces_is_appended_whole()
    {
        await using var host = await KafkaHost.StartAsync(broker: b => b.Settings["message.max.bytes"] = "8000000");
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        var value = new string('x', 3_000_000);

        var produced = await client.AskAsync<ProduceResponse>(Ask.Produce("t", 0, Ask.Batch(value, value)), 7);

        Assert.Equal(0, produced.Responses[0].PartitionResponses[0].ErrorCode);
        var fetched = await client.AskAsync<FetchResponse>(Ask.Fetch("t", 0, 0, partitionMaxBytes: 10, maxBytes: 10), 11);
        Assert.Equal([value, value], Ask.Values(fetched.Responses[0].Partitions[0]));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(100_001)]
    public async Task A_size_beyond_the_limit_closes_the_connection_before_anything_is_buffered(int size)
    {
        await using var host = await KafkaHost.StartAsync(o => o.MaxRequestBytes = 100_000);
        using var client = await host.ConnectAsync();
        await client.SendAsync(BitConverter.GetBytes(System.Net.IPAddress.HostToNetworkOrder(size)));
        Assert.True(await client.IsClosedAsync());
        await host.CutAsync("size");
    }

    [Fact]
    public async Task A_request_that_cannot_be_read_closes_the_connection_after_the_answers_before_it()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        var bad = client.Frame(new MetadataRequest { Topics = [new() { Name = "t" }] }, 1);
        bad[^4] = 0x7f;
        await client.SendAsync((byte[])[.. client.Frame(new ApiVersionsRequest(), 0), .. bad]);
        Assert.Equal(0, (await client.ReceiveAsync<ApiVersionsResponse>(0)).Response.ErrorCode);
        Assert.True(await client.IsClosedAsync());
        await host.CutAsync("malformed");
    }

    [Fact]
    public async Task An_unknown_version_closes_the_connection()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        var frame = client.Frame(Ask.Produce("t", 0, []), 7);
        frame[7] = 2;
        await client.SendAsync(frame);
        Assert.True(await client.IsClosedAsync());
        await host.CutAsync("version");
    }

    [Fact]
    public async Task An_unknown_version_of_ApiVersions_is_answered_in_version_0()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        var frame = client.Frame(new ApiVersionsRequest { ClientSoftwareName = "x", ClientSoftwareVersion = "1" }, 4);
        frame[7] = 99;
        await client.SendAsync(frame);
        var (_, response) = await client.ReceiveAsync<ApiVersionsResponse>(0);
        Assert.Equal((short)KafkaError.UnsupportedVersion, response.ErrorCode);
        Assert.Contains(response.ApiKeys, k => k is { ApiKey: 18, MinVersion: 0, MaxVersion: 4 });

        // And the connection goes on.
        Assert.Equal(
            0,
            (await client.AskAsync<ApiVersionsResponse>(
                new ApiVersionsRequest { ClientSoftwareName = "x", ClientSoftwareVersion = "1" }, 4)).ErrorCode);
    }

    // As in Kafka: the end of what a client sends is the end of the connection.
    [Fact]
    public async Task A_client_that_sends_no_more_is_let_go_and_what_it_sent_is_appended()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        await client.SendAsync(Ask.Produce("t", 0, Ask.Batch("a")), 7);
        await client.SendAsync(Ask.Fetch("t", 0, 1, maxWaitMs: 600_000), 11);
        client.Socket.Shutdown(SocketShutdown.Send);

        using var other = await host.ConnectAsync();
        var fetched = await other.AskAsync<FetchResponse>(Ask.Fetch("t", 0, 0, maxWaitMs: 20_000), 11);
        Assert.Equal(["a"], Ask.Values(fetched.Responses[0].Partitions[0]));
        while (!await client.IsClosedAsync())
        {
            // The answer to the produce may still have come.
        }
    }

    [Fact]
    public async Task An_idle_connection_is_closed()
    {
        await using var host = await KafkaHost.StartAsync(o => o.MaxIdle = TimeSpan.FromMilliseconds(50));
        using var client = await host.ConnectAsync();
        Assert.True(await client.IsClosedAsync());
        await host.CutAsync("idle");
    }

    [Fact]
    public async Task A_client_that_takes_nothing_of_its_answers_is_cut_off()
    {
        await using var host = await KafkaHost.StartAsync(o => o.MaxSendStall = TimeSpan.FromMilliseconds(200));
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        var value = new string('x', 900_000);
        for (var i = 0; i < 10; i++)
            await client.AskAsync<ProduceResponse>(Ask.Produce("t", 0, Ask.Batch(value)), 7);

        try
        {
            for (var i = 0; i < 20; i++)
                await client.SendAsync(Ask.Fetch("t", 0, 0, maxBytes: 10_000_000, partitionMaxBytes: 10_000_000), 11);
        }
        catch (IOException)
        {
            // On a slow machine it is cut off while it still asks.
        }

        await host.CutAsync("slow");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_takes_a_large_answer_slowly_gets_all_of_it(bool isTls)
    {
        var time = new ManualTime();
        using var certificates = new TestCertificates();
        await using var host = await KafkaHost.StartAsync(
            o => o.MaxIdle = TimeSpan.MaxValue, time: time, tls: isTls ? certificates.Options : null);
        using var client = isTls
            ? await WireClient.ConnectAsync(host.EndPoint, static (_, its, _, _) => its is not null)
            : await host.ConnectAsync();
        client.Socket.ReceiveBufferSize = 64 * 1024;
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        const int batches = 20, batchBytes = 900_000;
        for (var i = 0; i < batches; i++)
            await client.AskAsync<ProduceResponse>(Ask.Produce("t", 0, Ask.Batch(new string('x', batchBytes))), 7);

        await client.SendAsync(Ask.Fetch("t", 0, 0, maxBytes: 50_000_000, partitionMaxBytes: 50_000_000), 11);

        // It takes an hour of this clock, in which no minute passes without a byte, though whole ones without a call of the kernel.
        var answer = await client.ReceiveSlowlyAsync(256 * 1024, () => time.Advance(TimeSpan.FromSeconds(50)));
        Assert.InRange(answer.Length, batches * batchBytes, int.MaxValue);
        Assert.InRange(time.GetTimestamp(), TimeSpan.FromMinutes(30).Ticks, long.MaxValue);
    }

    [Fact]
    public async Task A_server_that_stops_answers_a_waiting_fetch_and_closes()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        await client.SendAsync(Ask.Produce("t", 0, Ask.Batch("a")), 7);
        await client.SendAsync(Ask.Fetch("t", 0, 1, maxWaitMs: 600_000), 11);
        await client.ReceiveAsync<ProduceResponse>(7);
        await host.RequestedAsync("Fetch");

        var stopped = host.StopAsync();

        Assert.Empty((await client.ReceiveAsync<FetchResponse>(11)).Response.Responses[0].Partitions[0].Records!);
        Assert.True(await client.IsClosedAsync());
        await stopped;
    }
}
