using System.Globalization;
using CloudStream.Cli.Bench.Kafka;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>
/// Brokers killed and started again. Nobody waits for the silence of the dead: the lease is so long here that even a slow machine is done
/// long before it ends. The times are printed.
/// </summary>
public sealed class RestartTests(ITestOutputHelper output) : IDisposable
{
    private const string Topic = "restarts";
    private const int Partitions = 32;
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
    public async Task WhenOneOfThreeIsKilledTheOthersTakeItsPartitionsAtOnceAndARestartGetsItsIdBack()
    {
        int[] http = [.. Enumerable.Range(0, 3).Select(_ => ServeProcess.FreePort())];
        int[] kafka = [.. Enumerable.Range(0, 3).Select(_ => ServeProcess.FreePort())];
        await using ServeProcess first = await StartAsync(http[0], kafka[0]);
        await using ServeProcess second = await StartAsync(http[1], kafka[1]);
        await using ServeProcess killed = await StartAsync(http[2], kafka[2]);
        foreach (int port in kafka)
            await LedByAsync(port, [0, 1, 2]);
        using BrokerConnection toFirst = await OpenAsync(kafka[0]), toSecond = await OpenAsync(kafka[1]);

        killed.Kill();

        // Whoever is asked takes the records of each partition, without a second try and before anybody can have missed the dead one.
        for (int p = 0; p < Partitions; p++)
        {
            Assert.Equal(0, await KafkaClient.ProduceAsync(toFirst, Topic, p));
            Assert.Equal(1, await KafkaClient.ProduceAsync(toSecond, Topic, p));
        }

        // Who only knows whom metadata names has to wait until that has changed.
        TimeSpan[] taken = await Task.WhenAll(
            Enumerable.Range(0, Partitions).Select(p => KafkaClient.AcknowledgedAsync(kafka[p % 2], Topic, p)));
        output.WriteLine($"all partitions acknowledge {taken.Max().TotalMilliseconds:0} ms later to who follows the metadata");
        Assert.True(taken.Max() < Limit, $"the partitions of the dead broker were silent for {taken.Max()}");
        await LedByAsync(kafka[0], [0, 1]);
        await LedByAsync(kafka[1], [0, 1]);

        await using ServeProcess again = await StartAsync(http[2], kafka[2]);
        MetadataResponse found = await KafkaClient.DescribeAsync(kafka[2], Topic);
        Assert.Equal([(0, kafka[0]), (1, kafka[1]), (2, kafka[2])], found.Brokers.Select(b => (b.NodeId, b.Port)).Order());
        Assert.All(found.Topics[0].Partitions, p => Assert.Equal(0, p.LeaderEpoch));
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

    private static Task<BrokerConnection> OpenAsync(int kafka) =>
        BrokerConnection.OpenAsync(new HostPort("127.0.0.1", kafka), CancellationToken.None);

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
