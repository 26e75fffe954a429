using System.Diagnostics;
using CloudStream.Cli.Bench.Kafka;
using CloudStream.Cli.Shell;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>SIGTERM while members of a group wait for each other: each is answered, and told to look for a coordinator elsewhere.</summary>
public sealed class GroupShutdownTests(ITestOutputHelper output) : IDisposable
{
    private const short JoinVersion = 3, SyncVersion = 2, FindVersion = 2; // Before clients must know their id beforehand.
    private static readonly short[] s_coordinatorIsElsewhere = [15, 16]; // COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task AJoinThatWaitsIsAnsweredAndNobodyIsSentBackHere()
    {
        int kafka = ServeProcess.FreePort();
        await using ServeProcess serve = await StartAsync(kafka, TimeSpan.FromMinutes(5));
        using BrokerConnection member = await ConnectAsync(kafka);
        using BrokerConnection asking = await ConnectAsync(kafka);
        await FindAsync(asking); // The connection is up.
        await member.SendAsync(Join(), JoinVersion, CancellationToken.None);
        await serve.MeasuresAsync("cloudstream_kafka_requests_total{api=\"JoinGroup\"", 1);

        long began = Stopwatch.GetTimestamp();
        Task<int> ending = serve.TerminateAsync();
        var joined = await member.ReceiveAsync<JoinGroupResponse>(JoinVersion, CancellationToken.None);
        FindCoordinatorResponse? found = await TryFindAsync(asking);

        Assert.Equal(0, await ending);
        output.WriteLine($"ended {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms after SIGTERM");
        Assert.Contains(joined.ErrorCode, s_coordinatorIsElsewhere);
        Assert.True(found is null or { ErrorCode: 15, NodeId: -1 }, $"the coordinator is said to be {found?.Host}:{found?.Port}");
    }

    [Fact]
    public async Task ASyncThatWaitsIsAnswered()
    {
        int kafka = ServeProcess.FreePort();
        await using ServeProcess serve = await StartAsync(kafka, TimeSpan.FromSeconds(2));
        using BrokerConnection first = await ConnectAsync(kafka);
        using BrokerConnection second = await ConnectAsync(kafka);
        BrokerConnection[] members = [first, second];
        var joined = new JoinGroupResponse[members.Length];
        do
        {
            // One that is late joins the next generation, and the other one with it.
            foreach ((int i, BrokerConnection member) in members.Index())
                await member.SendAsync(Join(joined[i]?.MemberId ?? ""), JoinVersion, CancellationToken.None);
            for (int i = 0; i < members.Length; i++)
                joined[i] = await members[i].ReceiveAsync<JoinGroupResponse>(JoinVersion, CancellationToken.None);
        }
        while (joined.Any(j => j.ErrorCode != 0 || j.GenerationId != joined[0].GenerationId));

        int follower = joined[0].Leader == joined[0].MemberId ? 1 : 0;
        await members[follower].SendAsync(
            new SyncGroupRequest { GroupId = "g", GenerationId = joined[follower].GenerationId, MemberId = joined[follower].MemberId },
            SyncVersion, CancellationToken.None);
        await serve.MeasuresAsync("cloudstream_kafka_requests_total{api=\"SyncGroup\"", 1);
        Task<int> ending = serve.TerminateAsync();
        var synced = await members[follower].ReceiveAsync<SyncGroupResponse>(SyncVersion, CancellationToken.None);

        Assert.Equal(0, await ending);
        Assert.Contains(synced.ErrorCode, s_coordinatorIsElsewhere);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<ServeProcess> StartAsync(int kafka, TimeSpan initialDelay) => await ServeProcess.StartAsync(
        _folder.Combine("data"), 0, "--kafka", $"127.0.0.1:{kafka}", "--set",
        $"group.initial.rebalance.delay.ms={(long)initialDelay.TotalMilliseconds}");

    private static Task<BrokerConnection> ConnectAsync(int kafka) =>
        BrokerConnection.OpenAsync(new HostPort("127.0.0.1", kafka), CancellationToken.None);

    private static JoinGroupRequest Join(string memberId = "") => new()
    {
        GroupId = "g",
        MemberId = memberId,
        SessionTimeoutMs = 45_000,
        RebalanceTimeoutMs = 300_000,
        ProtocolType = "any",
        Protocols = [new() { Name = "any" }],
    };

    private static async Task<FindCoordinatorResponse> FindAsync(BrokerConnection connection) =>
        await connection.AskAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = "g" }, FindVersion, CancellationToken.None);

    // Null: there is nobody any more.
    private static async Task<FindCoordinatorResponse?> TryFindAsync(BrokerConnection connection)
    {
        try
        {
            return await FindAsync(connection);
        }
        catch (CommandException)
        {
            return null;
        }
    }
}
