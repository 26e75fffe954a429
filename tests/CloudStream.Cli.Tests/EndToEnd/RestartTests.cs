using System.Globalization;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Kafka.Messages;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>
/// Brokers killed and started again. Nobody waits for the silence of the dead: the lease is so long here that even a slow machine is done
/// long before it ends. The times are printed.
/// </summary>
public sealed class RestartTests(ITestOutputHelper output) : IDisposable
{
    private const string Topic = "restarts";
    private const int Partitions = 8;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Limit = Lease / 2;
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task AKafkaProducerIsAcknowledgedAtOnceAfterKillsInARowAndAfterACleanStop()
    {
        (int http, int kafka) = (ServeProcess.FreePort(), ServeProcess.FreePort());
        for (int round = 0; round < 5; round++)
        {
            await using ServeProcess serve = await StartAsync(http, kafka);
            TimeSpan first = await KafkaClient.AcknowledgedAsync(kafka, Topic, 0);
            output.WriteLine($"round {round}: first acknowledgement {first.TotalMilliseconds:0} ms after ready");
            Assert.True(first < Limit, $"first acknowledgement after {first}");
            await IsListedAloneAsync(kafka);
            if (round == 3)
                Assert.Equal(0, await serve.TerminateAsync());
            else
                serve.Kill();
            await serve.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task ASurvivorTakesThePartitionsOfTheDeadAndARestartGetsItsIdBack()
    {
        (int http, int kafka, int otherHttp, int otherKafka) = (ServeProcess.FreePort(), ServeProcess.FreePort(), ServeProcess.FreePort(),
            ServeProcess.FreePort());
        await using ServeProcess survivor = await StartAsync(http, kafka);
        await using ServeProcess other = await StartAsync(otherHttp, otherKafka);
        await LedByAsync(kafka, [0, 1]);
        await LedByAsync(otherKafka, [0, 1]);

        other.Kill();
        TimeSpan[] taken = await Task.WhenAll(Enumerable.Range(0, Partitions).Select(p => KafkaClient.AcknowledgedAsync(kafka, Topic, p)));
        output.WriteLine($"all partitions acknowledge {taken.Max().TotalMilliseconds:0} ms after the kill of one of two brokers");
        Assert.True(taken.Max() < Limit, $"the partitions of the dead broker were silent for {taken.Max()}");
        await LedByAsync(kafka, [0]);
        await IsListedAloneAsync(kafka);

        await using ServeProcess again = await StartAsync(otherHttp, otherKafka);
        MetadataResponse found = await KafkaClient.DescribeAsync(otherKafka, Topic);
        Assert.Equal([(0, kafka), (1, otherKafka)], found.Brokers.Select(b => (b.NodeId, b.Port)).Order());
    }

    [Fact]
    public async Task WhatKilledBrokersLeftIsCleanedUp()
    {
        (int http, int kafka) = (ServeProcess.FreePort(), ServeProcess.FreePort());
        for (int round = 0; round < 3; round++)
        {
            await using ServeProcess killed = await StartAsync(http, kafka);
            killed.Kill();
            await killed.WaitForExitAsync();
        }

        await using (ServeProcess last = await StartAsync(http, kafka))
        {
            Assert.Single(Directory.GetFiles(_folder.Combine("data/alive")));
            Assert.Equal(0, await last.TerminateAsync());
        }

        Assert.Empty(Directory.GetFiles(_folder.Combine("data/alive")));
    }

    public void Dispose() => _folder.Dispose();

    private Task<ServeProcess> StartAsync(int http, int kafka) => ServeProcess.StartAsync(
        _folder.Combine("data"), http, "--kafka", $"127.0.0.1:{kafka}",
        "--set", string.Create(CultureInfo.InvariantCulture, $"cloudstream.lease.ms={Lease.TotalMilliseconds}"), "--set",
        $"num.partitions={Partitions}");

    private static async Task IsListedAloneAsync(int kafka)
    {
        MetadataResponse found = await KafkaClient.DescribeAsync(kafka, Topic);
        Assert.Equal([(0, kafka)], found.Brokers.Select(b => (b.NodeId, b.Port)));
    }

    private static Task LedByAsync(int kafka, int[] leaders)
    {
        int[] found = [];
        return Eventually.TrueAsync(
            async () =>
            {
                found = [.. (await KafkaClient.DescribeAsync(kafka, Topic)).Topics[0].Partitions.Select(
                    p => p.LeaderId).Distinct().Order()];
                return found.SequenceEqual(leaders);
            },
            Lease,
            () => $"led by {string.Join(", ", found)}, not {string.Join(", ", leaders)}");
    }
}
