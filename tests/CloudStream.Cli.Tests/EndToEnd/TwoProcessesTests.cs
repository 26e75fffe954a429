using CloudStream.Cli.Tests.Processes;
using CloudStream.Client;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>Two brokers on one folder: whoever commits, the log is one.</summary>
public sealed class TwoProcessesTests
{
    private const int Records = 4000;

    [Fact]
    public async Task BothTakeRecordsForTheSameTopicAndBothServeTheSameLog()
    {
        using var folder = new TemporaryFolder();
        await using ServeProcess one = await ServeProcess.StartAsync(folder.Combine("data"));
        await using ServeProcess two = await ServeProcess.StartAsync(folder.Combine("data"));
        (await CloudStreamProcess.RunAsync(one.Address, "topic", "create", "shared", "--partitions", "2")).Succeeded();
        await Task.WhenAll(ProduceAsync(one.Address, "one"), ProduceAsync(two.Address, "two"));

        string seenByOne = (await CloudStreamProcess.RunAsync(
            one.Address, "consume", "shared", "--format", @"%p %o %k %s\n")).Succeeded().Output;
        string seenByTwo = (await CloudStreamProcess.RunAsync(
            two.Address, "consume", "shared", "--format", @"%p %o %k %s\n")).Succeeded().Output;
        Assert.Equal(Sorted(seenByOne), Sorted(seenByTwo));
        string[][] records = [.. seenByOne.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' '))];
        Assert.Equal(2 * Records, records.Length);
        foreach (string partition in (string[])["0", "1"])
        {
            string[][] log = [.. records.Where(r => r[0] == partition)];
            Assert.Equal(Enumerable.Range(0, log.Length).Select(i => $"{i}"), log.Select(r => r[1]));
            foreach (string writer in (string[])["one", "two"])
                Assert.Equal(Enumerable.Range(0, Records).Where(i => $"{i % 2}" == partition).Select(i => $"{i}"),
                    log.Where(r => r[2] == writer).Select(r => r[3]));
        }

        Assert.Equal((0, 0), (await one.TerminateAsync(), await two.TerminateAsync()));
    }

    private static async Task ProduceAsync(Uri address, string writer)
    {
        using var client = new CloudStreamClient(new CloudStreamClientOptions { Server = address });
        await using Producer producer = client.CreateProducer(
            new ProducerOptions { Linger = TimeSpan.FromMilliseconds(1), BatchBytes = 4096 });
        for (int i = 0; i < Records; i++)
            await producer.EnqueueAsync("shared",
                new ProduceRecord
                {
                    Key = System.Text.Encoding.ASCII.GetBytes(writer),
                    Value = System.Text.Encoding.ASCII.GetBytes($"{i}"),
                    Partition = i % 2
                });
        await producer.FlushAsync();
    }

    private static string[] Sorted(string lines) => [.. lines.Split('\n').Order(StringComparer.Ordinal)];
}
