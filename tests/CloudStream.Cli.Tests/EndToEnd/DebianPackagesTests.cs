using System.Globalization;
using System.Text;
using System.Text.Json;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Client;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>
/// Real input through the whole of it: in by the command line, out by the command line, HTTP and the SDK; the same each time.
/// </summary>
public sealed class DebianPackagesTests(BrokerFixture broker, ITestOutputHelper output) : IClassFixture<BrokerFixture>
{
    private const int Partitions = 6;

    [Fact]
    public async Task ThePackageIndexComesOutAsItWentInPerKeyAndInOrder()
    {
        List<(string Key, string Value)> packages = await DebianPackages.ReadAsync();
        Assert.SkipWhen(packages.Count == 0, "apt-cache dumpavail gives no package index on this machine");
        output.WriteLine($"{packages.Count} packages");
        string topic = await broker.CreateTopicAsync(Partitions);
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(
            folder.Combine("packages.ndjson"), DebianPackages.ToNdjson(packages), TestContext.Current.CancellationToken);
        ProcessOutcome produced = await broker.RunAsync("produce", topic, folder.Combine("packages.ndjson"), "--format", "ndjson");
        Assert.Equal($"{packages.Count} records acknowledged\n", produced.Succeeded().Output);

        List<(string Key, string Value)>[] read = await ReadByCommandLineAsync(topic);
        AssertSame(packages, read);
        Assert.Equal(read, await ReadByHttpAsync(topic));
        Assert.Equal(read, await ReadBySdkAsync(topic));
    }

    // Each key is in one partition, and each partition has its keys' events in the order in which they went in.
    private static void AssertSame(List<(string Key, string Value)> packages, List<(string Key, string Value)>[] read)
    {
        var partitionOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int partition = 0; partition < Partitions; partition++)
        {
            Assert.NotEmpty(read[partition]);
            foreach ((string key, _) in read[partition])
                Assert.Equal(partition, partitionOf.TryGetValue(key, out int other) ? other : partitionOf[key] = partition);
        }

        for (int partition = 0; partition < Partitions; partition++)
            Assert.Equal(packages.Where(p => partitionOf.GetValueOrDefault(p.Key, -1) == partition), read[partition]);
        Assert.Equal(packages.Count, read.Sum(r => r.Count));
    }

    private async Task<List<(string Key, string Value)>[]> ReadByCommandLineAsync(string topic)
    {
        List<(string, string)>[] read = NewLogs();
        string text = (await broker.RunAsync("consume", topic, "--format", @"%p\t%o\t%k\t%s\n")).Succeeded().Output;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split('\t', 4);
            List<(string, string)> log = read[int.Parse(fields[0], CultureInfo.InvariantCulture)];
            Assert.Equal($"{log.Count}", fields[1]);
            log.Add((fields[2], fields[3]));
        }

        return read;
    }

    private async Task<List<(string Key, string Value)>[]> ReadByHttpAsync(string topic)
    {
        List<(string, string)>[] read = NewLogs();
        using var client = new HttpClient { BaseAddress = broker.Address };
        for (int partition = 0; partition < Partitions; partition++)
        {
            long next = 0, end = long.MaxValue;
            while (next < end)
            {
                await using Stream body = await client.GetStreamAsync(
                    new Uri($"/v1/topics/{topic}/partitions/{partition}/records?offset={next}&limit=10000&maxBytes=16000000",
                        UriKind.Relative));
                using JsonDocument page = await JsonDocument.ParseAsync(body);
                foreach (JsonElement record in page.RootElement.GetProperty("records").EnumerateArray())
                {
                    Assert.Equal(read[partition].Count, record.GetProperty("offset").GetInt64());
                    read[partition].Add((record.GetProperty("key").GetString()!, record.GetProperty("value").GetString()!));
                }

                next = page.RootElement.GetProperty("nextOffset").GetInt64();
                end = page.RootElement.GetProperty("highWatermark").GetInt64();
            }
        }

        return read;
    }

    private async Task<List<(string Key, string Value)>[]> ReadBySdkAsync(string topic)
    {
        List<(string, string)>[] read = NewLogs();
        using var client = new CloudStreamClient(new CloudStreamClientOptions { Server = broker.Address });
        await using Consumer consumer = client.CreateConsumer(new ConsumerOptions { StopAtEnd = true });
        await consumer.AssignAsync(topic, Offset.Beginning);
        await foreach (ConsumedRecord consumed in consumer.ConsumeRecordsAsync())
        {
            List<(string, string)> log = read[consumed.TopicPartition.Partition];
            Assert.Equal(log.Count, consumed.Record.Offset);
            log.Add((Text(consumed.Record.Key), Text(consumed.Record.Value)));
        }

        return read;
    }

    private static string Text(ReadOnlyMemory<byte>? bytes) => Encoding.UTF8.GetString(bytes.GetValueOrDefault().Span);

    private static List<(string Key, string Value)>[] NewLogs() =>
        [.. Enumerable.Range(0, Partitions).Select(_ => new List<(string, string)>())];
}
