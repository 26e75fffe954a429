using System.Globalization;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Client;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>
/// The durability promise with the real process: killed with SIGKILL at random moments under load and started again on the same folder,
/// while the same two producers go on. <c>CLOUDSTREAM_KILL_ROUNDS</c> and <c>CLOUDSTREAM_KILL_SEED</c> change how often and when.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Partitions = 3;
    private static readonly int Rounds = Setting("CLOUDSTREAM_KILL_ROUNDS", 8);
    private static readonly int Seed = Setting("CLOUDSTREAM_KILL_SEED", 20_260_101);

    [Fact]
    public async Task WhatWasAcknowledgedIsThereOnceAndInOrderAfterKillsAtAnyMoment()
    {
        output.WriteLine($"seed {Seed}, {Rounds} rounds");
        using var folder = new TemporaryFolder();
        var random = new Random(Seed);
        int port = ServeProcess.FreePort();
        var address = new Uri($"http://127.0.0.1:{port}");
        using var client = new CloudStreamClient(new CloudStreamClientOptions { Server = address });
        await using (ServeProcess first = await ServeProcess.StartAsync(folder.Combine("data"), port))
        {
            await client.Admin.CreateTopicAsync("exact", Partitions, cancellationToken: TestContext.Current.CancellationToken);
            await client.Admin.CreateTopicAsync("plain", Partitions, cancellationToken: TestContext.Current.CancellationToken);
        }

        await using var exact = new LoadingProducer(client, "exact", Partitions, isIdempotent: true, random.Next());
        await using var plain = new LoadingProducer(client, "plain", Partitions, isIdempotent: false, random.Next());
        for (int round = 0; round < Rounds; round++)
        {
            await using ServeProcess serve = await ServeProcess.StartAsync(folder.Combine("data"), port);
            long until = exact.Acknowledged + plain.Acknowledged + random.Next(0, 6000);
            await Eventually.TrueAsync(() => Task.FromResult(exact.Acknowledged + plain.Acknowledged >= until), TimeSpan.FromSeconds(60),
                () => $"no progress in round {round}: {serve.Printed}");
            serve.Kill();
            await serve.WaitForExitAsync();
        }

        await using (ServeProcess last = await ServeProcess.StartAsync(folder.Combine("data"), port))
        {
            await exact.StopAsync();
            await plain.StopAsync();
            output.WriteLine(
                $"exact: {exact.Acknowledged} acknowledged; plain: {plain.Acknowledged} acknowledged, {plain.Doubtful} in "
                    + $"doubt, {plain.Refused} refused");
            await VerifyAsync(client, exact, plain);
            Assert.Equal(0, await last.TerminateAsync());
        }

        // What is read does not depend on what the process remembers.
        await using ServeProcess again = await ServeProcess.StartAsync(folder.Combine("data"), port);
        await VerifyAsync(client, exact, plain);
    }

    private static async Task VerifyAsync(CloudStreamClient client, LoadingProducer exact, LoadingProducer plain)
    {
        Assert.Equal((0, 0), (exact.Doubtful, exact.Refused));
        Assert.True(exact.Acknowledged > 0 && plain.Acknowledged > 0);
        for (int partition = 0; partition < Partitions; partition++)
        {
            List<long> exactLog = await ReadAsync(client, "exact", partition);
            Assert.Equal(exact.Sent(partition), exactLog.Count);
            Assert.Equal(Enumerable.Range(0, exactLog.Count).Select(i => (long)i), exactLog);
            AssertAcknowledged(exact, partition, exactLog);

            // A record in doubt may be there or not, but never twice and never out of turn.
            List<long> plainLog = await ReadAsync(client, "plain", partition);
            Assert.All(plainLog.Zip(plainLog.Skip(1)),
                pair => Assert.True(pair.First < pair.Second, $"plain-{partition}: {pair.First} before {pair.Second}"));
            AssertAcknowledged(plain, partition, plainLog);
        }
    }

    private static void AssertAcknowledged(LoadingProducer producer, int partition, List<long> log)
    {
        foreach ((long number, long offset) in producer.AcknowledgedOf(partition))
            Assert.True(offset < log.Count && log[(int)offset] == number,
                $"record {number} of partition {partition} was acknowledged at offset {offset}, where there "
                    + $"is {(offset < log.Count ? log[(int)offset] : "nothing")}");
    }

    // The records' numbers by offset; offsets are dense.
    private static async Task<List<long>> ReadAsync(CloudStreamClient client, string topic, int partition)
    {
        await using Consumer consumer = client.CreateConsumer(new ConsumerOptions { StopAtEnd = true });
        await consumer.AssignAsync(new TopicPartition(topic, partition), Offset.Beginning);
        var numbers = new List<long>();
        await foreach (ConsumedRecord consumed in consumer.ConsumeRecordsAsync())
        {
            Assert.Equal(numbers.Count, consumed.Record.Offset);
            numbers.Add(LoadingProducer.NumberOf(consumed.Record.Value.GetValueOrDefault().Span));
        }

        return numbers;
    }

    private static int Setting(string name, int fallback) =>
        int.Parse(Environment.GetEnvironmentVariable(name) ?? fallback.ToString(CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture);
}
