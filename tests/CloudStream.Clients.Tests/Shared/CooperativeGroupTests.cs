using System.Collections.Concurrent;
using System.Diagnostics;
using CloudStream.Client;
using CloudStream.Client.Admin;
using CloudStream.Clients.Tests.Broker;

namespace CloudStream.Clients.Tests.Shared;

/// <summary>
/// Members of one cooperative group that come in through different faces, while records flow. Whoever is there first leads, and so assigns
/// for both.
/// </summary>
public sealed partial class CooperativeGroupTests(BrokerUnderTest broker)
{
    private const int Partitions = 4;
    private const int SigTerm = 15;
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly string _group = $"cooperative-{Guid.NewGuid():n}";
    private readonly string _topic = $"cooperative-{Guid.NewGuid():n}";
    private readonly ConcurrentQueue<string> _events = [];
    private readonly ConcurrentDictionary<string, bool> _seen = [];
    private int _produced;

    [Theory]
    [InlineData("librdkafka", true)]
    [InlineData("librdkafka", false)]
    [InlineData("java", true)]
    [InlineData("java", false)]
    public async Task AKafkaClientAndAMemberOfTheSdkShareAGroupAndKeepWhatDoesNotMoveWhicheverLeads(string kafka, bool sdkLeads)
    {
        Assert.SkipWhen(broker.Http is null, "The broker under test is no CloudStream broker, or does not speak the Kafka protocol.");
        ProcessStartInfo command = CommandOf(kafka);
        using var client = new CloudStreamClient(broker.Http.AbsoluteUri);
        await client.Admin.CreateTopicAsync(_topic, Partitions, cancellationToken: Token);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var ebb = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task flow = FlowAsync(client, ebb.Token);

        Task reading = sdkLeads ? ReadAsync(client, enough.Token) : Task.CompletedTask;
        if (sdkLeads)
            await UntilAsync(client, g => g.Members.Count == 1 && g.Members[0].Assignment.Count == Partitions);
        using Process process = Process.Start(command)!;
        Task lines = ReadAsync(process);
        if (!sdkLeads)
        {
            await UntilAsync(client, g => g.Members.Count == 1 && g.Members[0].Assignment.Count == Partitions);
            reading = ReadAsync(client, enough.Token);
        }

        GroupDescription together = await UntilAsync(
            client, g => g.Members.Count == 2 && g.Members.All(m => m.Assignment.Count == Partitions / 2));
        int sofar = Volatile.Read(ref _produced);
        while (Volatile.Read(ref _produced) < sofar + 100)
            await Task.Yield();
        await ebb.CancelAsync();
        await flow;
        await UntilAsync(client, g => g.Partitions.Count == Partitions && g.Partitions.All(p => p.Lag == 0));
        Assert.Equal(0, SendSignal(process.Id, SigTerm));
        await lines;
        await UntilAsync(client, g => g.Members.Count == 1 && g.Members[0].Assignment.Count == Partitions);
        string[] expected = sdkLeads ? ["has 4", "gives 2", "has 2"] : ["has 2", "has 2"];
        while (_events.Count < expected.Length)
            await Task.Yield();
        await enough.CancelAsync();
        await reading;

        Assert.Equal("cooperative-sticky", together.Assignor);
        Assert.Equal(sdkLeads, together.Members.Single(m => m.MemberId == together.Leader).ClientId == "cloudstream-dotnet");
        Assert.Equal([.. expected, "gives 4"], _events);
        Assert.Equal(_produced, _seen.Count);
    }

    private ProcessStartInfo CommandOf(string kafka)
    {
        string[] settings = ["heartbeat.interval.ms=200", "auto.commit.interval.ms=100"];
        string? home = Environment.GetEnvironmentVariable("KAFKA_HOME");
        Assert.SkipWhen(kafka == "java" && string.IsNullOrEmpty(home), "KAFKA_HOME is not set");
        Assert.SkipUnless(kafka == "java"
            || (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(
                folder => File.Exists(Path.Combine(folder, "kcat"))), "kcat is not installed.");
        return kafka == "java"
            ? Redirected("java", ["-cp", Path.Combine(home!, "libs", "*"), "org.apache.kafka.tools.consumer.ConsoleConsumer",
                "--bootstrap-server", broker.Bootstrap, "--topic", _topic, "--group", _group, "--from-beginning",
                "--command-property", "partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
                .. settings.SelectMany(s => new[] { "--command-property", s })])
            : Redirected("kcat", ["-b", broker.Bootstrap, "-G", _group, "-q", "-u", "-f", "%s\\n", "-X", "auto.offset.reset=earliest", "-X",
                "partition.assignment.strategy=cooperative-sticky",
                .. settings.SelectMany(s => new[] { "-X", s }), _topic]);
    }

    private static ProcessStartInfo Redirected(string file, string[] arguments) =>
        new(file, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true, RedirectStandardError = true };

    private async Task ReadAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync(Token) is { } line)
            _seen[line] = true;
    }

    private async Task ReadAsync(CloudStreamClient client, CancellationToken enough)
    {
        await using GroupConsumer<Null?, string> consumer = client.CreateGroupConsumer<Null?, string>(_group, new GroupConsumerOptions
        {
            AutoOffsetReset = AutoOffsetReset.Earliest,
            AutoCommitInterval = TimeSpan.FromMilliseconds(100),
            PartitionAssignmentStrategy = ["cooperative-sticky"],
            PartitionsAssigned = (partitions, _) => Note($"has {partitions.Count}"),
            PartitionsRevoked = (partitions, _) => Note($"gives {partitions.Count}"),
            PartitionsLost = (partitions, _) => Note($"loses {partitions.Count}"),
        });
        consumer.Subscribe(_topic);
        try
        {
            await foreach (ConsumeResult<Null?, string> result in consumer.ConsumeAsync(enough))
                _seen[result.Value] = true;
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            // All is read.
        }
    }

    private ValueTask Note(string what)
    {
        _events.Enqueue(what);
        return ValueTask.CompletedTask;
    }

    private async Task FlowAsync(CloudStreamClient client, CancellationToken ebb)
    {
        await using Producer<Null?, string> producer = client.CreateProducer<Null?, string>();
        while (!ebb.IsCancellationRequested)
        {
            await producer.ProduceAsync(new TopicPartition(_topic, _produced % Partitions),
                new Message<Null?, string> { Value = $"{_produced}" }, Token);
            Interlocked.Increment(ref _produced);
        }
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
