using System.Diagnostics;
using CloudStream.Client;
using CloudStream.Client.Admin;
using CloudStream.Clients.Tests.Broker;

namespace CloudStream.Clients.Tests.Shared;

/// <summary>Members of one group that come in through different faces.</summary>
public sealed partial class SharedGroupTests(BrokerUnderTest broker)
{
    private const int Partitions = 4;
    private const int Records = 400;
    private const int SigTerm = 15;
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly string _group = $"shared-{Guid.NewGuid():n}";
    private readonly string _topic = $"shared-{Guid.NewGuid():n}";

    [Fact]
    public async Task AKafkaClientAndAMemberOfTheSdkShareAGroupsPartitions()
    {
        Assert.SkipWhen(broker.Http is null, "The broker under test is no CloudStream broker, or does not speak the Kafka protocol.");
        Assert.SkipUnless(HasKcat(), "kcat is not installed.");
        using var client = new CloudStreamClient(broker.Http.AbsoluteUri);
        await client.Admin.CreateTopicAsync(_topic, Partitions, cancellationToken: Token);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var bySdk = new SortedDictionary<int, SortedSet<string>>();
        Task reading = ReadAsync(client, bySdk, enough.Token);
        using Process kcat = StartKcat();
        Task<SortedDictionary<int, SortedSet<string>>> byKcat = ReadAsync(kcat);

        GroupDescription together = await UntilAsync(
            client, g => g.Members.Count == 2 && g.Members.All(m => m.Assignment.Count == Partitions / 2));
        await ProduceAsync(client);
        await UntilAsync(client, g => g.Partitions.Count == Partitions && g.Partitions.All(p => p.Lag == 0));
        kcat.StandardInput.Close();
        Assert.Equal(0, SendSignal(kcat.Id, SigTerm));
        SortedDictionary<int, SortedSet<string>> kafkaRecords = await byKcat;
        GroupDescription alone = await UntilAsync(client, g => g.Members.Count == 1 && g.Members[0].Assignment.Count == Partitions);
        await enough.CancelAsync();
        await reading;

        Assert.Equal(("Stable", "range"), (together.State, together.Assignor));
        Assert.Equal("cloudstream-dotnet", alone.Members[0].ClientId);
        Assert.Equal((2, 2), (bySdk.Count, kafkaRecords.Count));
        Assert.Equal([0, 1, 2, 3], bySdk.Keys.Concat(kafkaRecords.Keys).Order());
        Assert.Equal(Records, bySdk.Values.Concat(kafkaRecords.Values).SelectMany(v => v).Distinct().Count());
    }

    private static bool HasKcat() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(
            folder => File.Exists(Path.Combine(folder, "kcat")));

    private Process StartKcat()
    {
        string[] arguments = ["-b", broker.Bootstrap, "-G", _group, "-q", "-u", "-f", "%p %s\\n", "-X", "auto.offset.reset=earliest", "-X",
            "auto.commit.interval.ms=100", "-X", "heartbeat.interval.ms=200", _topic];
        return Process.Start(new ProcessStartInfo("kcat", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true
        })!;
    }

    private static async Task<SortedDictionary<int, SortedSet<string>>> ReadAsync(Process kcat)
    {
        var records = new SortedDictionary<int, SortedSet<string>>();
        while (await kcat.StandardOutput.ReadLineAsync(Token) is { } line)
        {
            string[] parts = line.Split(' ');
            Keep(records, int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), parts[1]);
        }

        return records;
    }

    private async Task ReadAsync(CloudStreamClient client, SortedDictionary<int, SortedSet<string>> records, CancellationToken enough)
    {
        await using GroupConsumer<Null?, string> consumer = client.CreateGroupConsumer<Null?, string>(_group, new GroupConsumerOptions
        {
            AutoOffsetReset = AutoOffsetReset.Earliest,
            AutoCommitInterval = TimeSpan.FromMilliseconds(100),
        });
        consumer.Subscribe(_topic);
        try
        {
            await foreach (ConsumeResult<Null?, string> result in consumer.ConsumeAsync(enough))
                Keep(records, result.Partition, result.Value);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            // All is read.
        }
    }

    private static void Keep(SortedDictionary<int, SortedSet<string>> records, int partition, string value)
    {
        if (!records.TryGetValue(partition, out SortedSet<string>? values))
            records[partition] = values = new SortedSet<string>(StringComparer.Ordinal);
        values.Add(value);
    }

    private async Task ProduceAsync(CloudStreamClient client)
    {
        await using Producer<Null?, string> producer = client.CreateProducer<Null?, string>();
        for (int i = 0; i < Records; i++)
            await producer.ProduceAsync(new TopicPartition(_topic, i % Partitions), new Message<Null?, string> { Value = $"{i}" }, Token);
    }

    private async Task<GroupDescription> UntilAsync(CloudStreamClient client, Func<GroupDescription, bool> condition)
    {
        while (true)
        {
            try
            {
                GroupDescription group = await client.Admin.DescribeGroupAsync(_group, Token);
                if (group.State == "Stable" && condition(group))
                    return group;
            }
            catch (CloudStreamException e) when (e.ErrorCode == ErrorCode.UnknownGroup)
            {
                // Nobody has joined yet.
            }

            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }


    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
