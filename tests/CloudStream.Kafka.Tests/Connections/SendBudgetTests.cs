using CloudStream.Cli.Tests;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.Connections;

/// <summary>What answers to all connections together may hold until they are sent.</summary>
public sealed class SendBudgetTests
{
    private const int Batches = 24, BatchBytes = 900_000, AllBytes = 40_000_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_fetch_waits_while_slow_readers_hold_the_budget_and_others_go_on()
    {
        await using var host = await KafkaHost.StartAsync(broker: b => b.MaxSendBytes = 4 * 1024 * 1024);
        using var slow = await host.ConnectAsync();
        using var next = await host.ConnectAsync();
        using var other = await host.ConnectAsync();
        await other.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        var value = new string('x', BatchBytes);
        for (var i = 0; i < Batches; i++)
            await other.AskAsync<ProduceResponse>(Ask.Produce("t", 0, Ask.Batch(value)), 7);
        var sending = host.Broker.Memory.Sending;

        // More than sockets take without a reader: it gets through alone, and stays.
        await slow.SendAsync(Ask.Fetch("t", 0, 0, maxBytes: AllBytes, partitionMaxBytes: AllBytes), 11);
        await UntilAsync(() => sending.Used > Batches * BatchBytes);
        await next.SendAsync(Ask.Fetch("t", 0, 0, maxBytes: 2_000_000, partitionMaxBytes: 2_000_000), 11);
        await UntilAsync(() => sending.Waiting == 1);

        // What is small does not wait, nor does a produce.
        await other.AskAsync<ProduceResponse>(Ask.Produce("t", 0, Ask.Batch("small")), 7);
        var small = await other.AskAsync<FetchResponse>(Ask.Fetch("t", 0, Batches, maxBytes: 50_000, partitionMaxBytes: 50_000), 11);
        Assert.Equal(["small"], Ask.Values(small.Responses[0].Partitions[0]));
        Assert.Equal(1, sending.Waiting);

        Assert.Equal(Batches, Ask.Values((await slow.ReceiveAsync<FetchResponse>(11)).Response.Responses[0].Partitions[0]).Count);
        Assert.Equal(2, Ask.Values((await next.ReceiveAsync<FetchResponse>(11)).Response.Responses[0].Partitions[0]).Count);
        await UntilAsync(() => sending.Used == 0);
    }

    [Fact]
    public async Task A_reader_that_hangs_up_makes_room_and_a_server_that_stops_answers_who_waits()
    {
        await using var host = await KafkaHost.StartAsync(broker: b => b.MaxSendBytes = 4 * 1024 * 1024);
        using var admin = await host.ConnectAsync();
        await admin.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        var value = new string('x', BatchBytes);
        for (var i = 0; i < Batches; i++)
            await admin.AskAsync<ProduceResponse>(Ask.Produce("t", 0, Ask.Batch(value)), 7);
        var sending = host.Broker.Memory.Sending;
        using var slow = await host.ConnectAsync();
        using var next = await host.ConnectAsync();
        using var last = await host.ConnectAsync();
        await slow.SendAsync(Ask.Fetch("t", 0, 0, maxBytes: AllBytes, partitionMaxBytes: AllBytes), 11);
        await UntilAsync(() => sending.Used > Batches * BatchBytes);
        await next.SendAsync(Ask.Fetch("t", 0, 0, maxBytes: AllBytes, partitionMaxBytes: AllBytes), 11);
        await UntilAsync(() => sending.Waiting == 1);

        slow.Dispose();
        await UntilAsync(() => sending.Waiting == 0 && sending.Used > Batches * BatchBytes);
        await last.SendAsync(Ask.Fetch("t", 0, 0, maxBytes: AllBytes, partitionMaxBytes: AllBytes), 11);
        await UntilAsync(() => sending.Waiting == 1);

        var stopping = host.StopAsync();
        Assert.Single(Ask.Values((await last.ReceiveAsync<FetchResponse>(11)).Response.Responses[0].Partitions[0]));
        next.Dispose();
        await stopping;
        Assert.Equal(0, sending.Used);
    }

    private static Task UntilAsync(Func<bool> condition) =>
        Eventually.TrueAsync(() => Task.FromResult(condition()), s_patience, () => "this did not come about");
}
