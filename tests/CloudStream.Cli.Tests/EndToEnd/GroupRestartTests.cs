using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using CloudStream.Cli.Bench.Kafka;
using CloudStream.Cli.Shell;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Client;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>
/// Members of groups whose broker is killed and started again at once, several times in a row (<c>KILLS</c>, 5). They keep
/// their ids and go on when the broker is ready: nobody waits for a lease of the dead or for a session of a member that lives. Both are a
/// minute here, so that even a slow machine is done long before; the times are printed.
/// </summary>
public sealed class GroupRestartTests(ITestOutputHelper output) : IDisposable
{
    private const string Topic = "restarts";
    private const short JoinVersion = 3, SyncVersion = 2;
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Limit = Lease / 2;
    private readonly TemporaryFolder _folder = new();

    private static int Kills =>
        int.TryParse(Environment.GetEnvironmentVariable("KILLS"), CultureInfo.InvariantCulture, out int kills) ? kills : 5;

    [Fact]
    public async Task AMemberOfAnSdkReadsOnAfterEachKill()
    {
        (int http, int kafka) = (ServeProcess.FreePort(), ServeProcess.FreePort());
        await using var place = new RestartedBroker(() => StartAsync(http, kafka));
        ServeProcess serve = await place.StartAsync();
        (await CloudStreamProcess.RunAsync(serve.Address, "topic", "create", Topic, "--partitions", "1")).Succeeded();
        using var client = new CloudStreamClient(new CloudStreamClientOptions { Server = serve.Address });
        var read = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task reading = ReadAsync(client, read, enough.Token);
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.Zero });
        for (int round = 0; round <= Kills; round++)
        {
            if (round > 0)
                await place.KillAndStartAsync();
            long ready = Stopwatch.GetTimestamp();
            await producer.ProduceAsync(Topic, new Message<Null?, string?> { Value = $"{round}" }, Token);
            await Eventually.TrueAsync(() => Task.FromResult(read.ContainsKey($"{round}")), Limit, () => $"record {round} is not read");
            output.WriteLine($"round {round}: read {Stopwatch.GetElapsedTime(ready).TotalMilliseconds:0} ms after ready");
        }

        await enough.CancelAsync();
        await reading;
    }

    [Fact]
    public async Task AMemberOfAKafkaClientJoinsUnderItsIdAfterEachKill()
    {
        (int http, int kafka) = (ServeProcess.FreePort(), ServeProcess.FreePort());
        await using var place = new RestartedBroker(() => StartAsync(http, kafka));
        await place.StartAsync();
        JoinGroupResponse joined = await JoinAsync(kafka, "");
        for (int round = 1; round <= Kills; round++)
        {
            await place.KillAndStartAsync();
            long ready = Stopwatch.GetTimestamp();
            JoinGroupResponse again = await JoinAsync(kafka, joined.MemberId);
            output.WriteLine($"round {round}: in its generation {Stopwatch.GetElapsedTime(ready).TotalMilliseconds:0} ms after ready");
            Assert.Equal(joined.MemberId, again.MemberId);
            Assert.True(again.GenerationId > joined.GenerationId, "no generation is used twice");
            Assert.Single(again.Members);
            joined = again;
        }
    }

    public void Dispose() => _folder.Dispose();

    private Task<ServeProcess> StartAsync(int http, int kafka) => ServeProcess.StartAsync(
        _folder.Combine("data"), http, "--kafka", $"127.0.0.1:{kafka}", "--set", "group.initial.rebalance.delay.ms=0", "--set",
        string.Create(CultureInfo.InvariantCulture, $"cloudstream.lease.ms={Lease.TotalMilliseconds}"));

    private static async Task ReadAsync(CloudStreamClient client, ConcurrentDictionary<string, bool> read, CancellationToken enough)
    {
        await using var member = client.CreateGroupConsumer<Null?, string?>("sdk",
            new GroupConsumerOptions { AutoOffsetReset = AutoOffsetReset.Earliest, SessionTimeout = Lease });
        member.Subscribe(Topic);
        try
        {
            await foreach (ConsumeResult<Null?, string?> result in member.ConsumeAsync(enough))
                read[result.Value!] = true;
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            // It is.
        }
    }

    // As a client does that knows one broker: until it is in a generation and has its assignment.
    private static async Task<JoinGroupResponse> JoinAsync(int kafka, string memberId)
    {
        JoinGroupResponse? joined = null;
        short error = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    using BrokerConnection connection = await BrokerConnection.OpenAsync(new HostPort("127.0.0.1", kafka), Token);
                    joined = await connection.AskAsync<JoinGroupResponse>(JoinOf(memberId), JoinVersion, Token);
                    error = joined.ErrorCode;
                    if (error != 0)
                        return false;
                    var sync = new SyncGroupRequest { GroupId = "kafka", GenerationId = joined.GenerationId, MemberId = joined.MemberId };
                    error = (await connection.AskAsync<SyncGroupResponse>(sync, SyncVersion, Token)).ErrorCode;
                    return error == 0;
                }
                catch (CommandException)
                {
                    return false; // Nobody there yet.
                }
            },
            Limit,
            () => $"the member is in no generation; the last error is {error}");
        return joined!;
    }

    private static JoinGroupRequest JoinOf(string memberId) => new()
    {
        GroupId = "kafka",
        MemberId = memberId,
        SessionTimeoutMs = (int)Lease.TotalMilliseconds,
        RebalanceTimeoutMs = (int)Lease.TotalMilliseconds,
        ProtocolType = "any",
        Protocols = [new() { Name = "any" }],
    };

    /// <summary>A broker on the same folder and ports, one process after the other.</summary>
    private sealed class RestartedBroker(Func<Task<ServeProcess>> start) : IAsyncDisposable
    {
        private ServeProcess? _serve;

        public async Task<ServeProcess> StartAsync() => _serve = await start();

        public async Task KillAndStartAsync()
        {
            _serve!.Kill();
            await _serve.WaitForExitAsync();
            await _serve.DisposeAsync();
            await StartAsync();
        }

        public ValueTask DisposeAsync() => _serve?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
