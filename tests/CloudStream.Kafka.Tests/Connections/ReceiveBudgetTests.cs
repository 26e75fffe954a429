using System.Buffers.Binary;
using CloudStream.Cli.Tests;
using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Log.Memory;

namespace CloudStream.Kafka.Tests.Connections;

/// <summary>What all connections together may hold of what they send. Requests here are larger than what the server reads ahead.</summary>
public sealed class ReceiveBudgetTests
{
    private const int BudgetBytes = 4_000_000, LargeBytes = 3_000_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_large_request_waits_for_its_turn_and_small_ones_do_not()
    {
        await using var host = await StartAsync();
        using var first = await host.ConnectAsync();
        using var second = await host.ConnectAsync();
        using var other = await host.ConnectAsync();
        await other.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        var frame = first.Frame(Large('a'), 7);
        await first.SendAsync(frame.AsMemory(0, 100_000));
        await UntilAsync(() => Receiving(host).Used == frame.Length);

        var sending = second.SendAsync(Large('b'), 7);
        await UntilAsync(() => Receiving(host).Waiting == 1);

        // Neither a heartbeat's like nor an ordinary produce stands behind it.
        Assert.Equal(0, (await other.AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0)).ErrorCode);
        Assert.Equal(0, BaseOffset(await other.AskAsync<ProduceResponse>(Ask.Produce("t", 0, Ask.Batch("small")), 7)));
        Assert.Equal(1, Receiving(host).Waiting);

        await first.SendAsync(frame.AsMemory(100_000));
        Assert.Equal(1, BaseOffset((await first.ReceiveAsync<ProduceResponse>(7)).Response));
        await sending;
        Assert.Equal(2, BaseOffset((await second.ReceiveAsync<ProduceResponse>(7)).Response));
        await UntilAsync(() => Receiving(host).Used == 0);
        Assert.Equal(1, Receiving(host).Waits);
    }

    [Fact]
    public async Task Who_came_first_is_received_first_and_who_hangs_up_makes_room()
    {
        await using var host = await StartAsync();
        using var admin = await host.ConnectAsync();
        await admin.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        var clients = new List<WireClient>();
        for (var i = 0; i < 4; i++)
        {
            clients.Add(await host.ConnectAsync());
            await clients[i].SendAsync(clients[i].Frame(Large((char)('a' + i)), 7).AsMemory(0, 100_000));
            var waiting = i;
            await UntilAsync(() => Receiving(host).Waiting == waiting && Receiving(host).Used > LargeBytes);
        }

        // The first hangs up in the middle; the others end in their order.
        clients[0].Dispose();
        for (var i = 1; i < 4; i++)
        {
            await clients[i].SendAsync(clients[i].Frame(Large((char)('a' + i)), 7).AsMemory(100_000));
            Assert.Equal(i - 1, BaseOffset((await clients[i].ReceiveAsync<ProduceResponse>(7)).Response));
        }

        clients.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task A_request_larger_than_the_whole_budget_gets_through()
    {
        await using var host = await KafkaHost.StartAsync(broker: Small(1024 * 1024));
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        for (var i = 0; i < 3; i++)
            Assert.Equal(i, BaseOffset(await client.AskAsync<ProduceResponse>(Large('a'), 7)));
    }

    [Fact]
    public async Task A_request_that_does_not_come_on_is_given_up_judged_by_bytes()
    {
        var time = new ManualTime();
        await using var host = await StartAsync(time);
        using var idle = await host.ConnectAsync();
        using var slow = await host.ConnectAsync();
        using var patient = await host.ConnectAsync();
        await patient.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        await idle.SendAsync(Announced(LargeBytes));
        await UntilAsync(() => Receiving(host).Used > LargeBytes);
        await patient.SendAsync(patient.Frame(Large('a'), 7).AsMemory(0, 100_000));
        await UntilAsync(() => Receiving(host).Waiting == 1);

        // A byte now and then is no progress, and waiting for one's turn is no stall.
        for (var second = 0; second < 29; second++)
        {
            await idle.SendAsync(new byte[1]);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, Receiving(host).Waiting);
        time.Advance(TimeSpan.FromSeconds(10));
        await host.CutAsync("stalled");
        Assert.True(await idle.IsClosedAsync());

        await patient.SendAsync(patient.Frame(Large('a'), 7).AsMemory(100_000));
        Assert.Equal(0, BaseOffset((await patient.ReceiveAsync<ProduceResponse>(7)).Response));
    }

    [Fact]
    public async Task A_server_that_stops_does_not_wait_for_those_who_wait()
    {
        await using var host = await StartAsync();
        using var first = await host.ConnectAsync();
        using var second = await host.ConnectAsync();
        await first.SendAsync(Announced(LargeBytes));
        await UntilAsync(() => Receiving(host).Used > LargeBytes);
        await second.SendAsync(Announced(LargeBytes));
        await UntilAsync(() => Receiving(host).Waiting == 1);

        await host.StopAsync();

        Assert.True(await second.IsClosedAsync());
        Assert.Equal((0, 0L), (Receiving(host).Waiting, Receiving(host).Used));
    }

    private static Task<KafkaHost> StartAsync(TimeProvider? time = null) => KafkaHost.StartAsync(broker: Small(BudgetBytes), time: time);

    private static Action<BrokerOptions> Small(long budget) => options =>
    {
        options.MaxReceiveBytes = budget;
        options.Settings["message.max.bytes"] = "8000000";
    };

    private static TransferBudget Receiving(KafkaHost host) => host.Broker.Memory.Receiving;

    private static ProduceRequest Large(char c) => Ask.Produce("t", 0, Ask.Batch(new string(c, LargeBytes)));

    private static byte[] Announced(int size)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, size);
        return bytes;
    }

    private static long BaseOffset(ProduceResponse produced)
    {
        var partition = produced.Responses[0].PartitionResponses[0];
        Assert.Equal(0, partition.ErrorCode);
        return partition.BaseOffset;
    }

    private static Task UntilAsync(Func<bool> condition) =>
        Eventually.TrueAsync(() => Task.FromResult(condition()), s_patience, () => "this did not come about");
}
