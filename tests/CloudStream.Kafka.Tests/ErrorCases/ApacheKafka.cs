using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>
/// One broker of Apache Kafka from KAFKA_HOME on free ports and a folder of its own, for all tests that ask it; started by the first.
/// </summary>
public sealed class ApacheKafka : IDisposable
{
    private readonly Lazy<Task> _start;
    private readonly int _controller = FreePort();
    private readonly Dictionary<KafkaPort, int> _ports = Enum.GetValues<KafkaPort>().ToDictionary(static p => p, static _ => FreePort());
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"cloudstream-kafka-{Guid.NewGuid():N}");
    private Process? _broker;

    public ApacheKafka() => _start = new Lazy<Task>(StartAsync);

    /// <summary>Where it listens. Skips the test where Kafka is not at hand.</summary>
    public async Task<IPEndPoint> StartedAsync(KafkaPort port = KafkaPort.Open)
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("KAFKA_HOME") is { } home && Directory.Exists(Path.Combine(home, "libs")),
            "KAFKA_HOME names no folder with libs: Apache Kafka is not at hand");
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(p => File.Exists(Path.Combine(p, "java"))),
            "java is not at hand");
        await _start.Value;
        return new IPEndPoint(IPAddress.Loopback, _ports[port]);
    }

    public void Dispose()
    {
        if (_broker is not null)
        {
            _broker.Kill();
            _broker.WaitForExit();
            _broker.Dispose();
        }

        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync()
    {
        Directory.CreateDirectory(_folder);
        var properties = Path.Combine(_folder, "server.properties");
        await File.WriteAllTextAsync(properties, Properties());
        using (var format = Java("kafka.tools.StorageTool", "format", "-t", "vM1B23JcTdm56CYLqCcHNQ", "-c", properties))
            await format.WaitForExitAsync();
        _broker = Java("kafka.Kafka", properties);
        await ReadyAsync(new IPEndPoint(IPAddress.Loopback, _ports[KafkaPort.Open]), _broker);
    }

    private string Listeners => string.Join(',', _ports.Select(static p => $"{p.Key.ToString().ToUpperInvariant()}://127.0.0.1:{p.Value}"));

    // Its defaults, but for what one broker alone needs, for groups that form at once, and for ports on which clients authenticate.
    private string Properties() => $"""
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:{_controller}
        listeners={Listeners},CONTROLLER://127.0.0.1:{_controller}
        advertised.listeners={Listeners}
        controller.listener.names=CONTROLLER
        inter.broker.listener.name=OPEN
        listener.security.protocol.map=CONTROLLER:PLAINTEXT,OPEN:PLAINTEXT,\
        USERS:SASL_PLAINTEXT,SESSIONS:SASL_PLAINTEXT,SHORTSESSIONS:SASL_PLAINTEXT
        sasl.enabled.mechanisms=PLAIN
        connection.failed.authentication.delay.ms=0
        {Users("users")}
        {Users("sessions")}
        {Users("shortsessions")}
        listener.name.sessions.plain.connections.max.reauth.ms=3600000
        listener.name.shortsessions.plain.connections.max.reauth.ms=1
        log.dirs={_folder}/data
        offsets.topic.num.partitions=1
        offsets.topic.replication.factor=1
        transaction.state.log.num.partitions=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        group.initial.rebalance.delay.ms=0
        log.cleaner.dedupe.buffer.size=4194304
        """;

    private static string Users(string port) =>
        $"listener.name.{port}.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required "
            + "user_alice=\"alice-secret\" user_bob=\"bob-secret\";";

    private static Process Java(params string[] arguments)
    {
        var home = Environment.GetEnvironmentVariable("KAFKA_HOME")!;
        var process = Process.Start(new ProcessStartInfo(
            "java", ["-Xmx512M", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", Path.Combine(home, "libs", "*"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    // Groups can be joined and producers get ids: that comes last.
    private static async Task ReadyAsync(IPEndPoint end, Process broker)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!await IsReadyAsync(end))
        {
            Assert.False(broker.HasExited, "Apache Kafka has ended instead of starting");
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private static async Task<bool> IsReadyAsync(IPEndPoint end)
    {
        try
        {
            using var client = await WireClient.ConnectAsync(end);
            var coordinator = await client.AskAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = "any" }, 3);
            var heartbeat = await client.AskAsync<HeartbeatResponse>(new HeartbeatRequest { GroupId = "any", MemberId = "nobody" }, 3);
            var producer = await client.AskAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null }, 4);
            return (coordinator.ErrorCode, heartbeat.ErrorCode, producer.ErrorCode) == (0, 25, 0);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    // Below those that outgoing connections take.
    private static int FreePort()
    {
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, Random.Shared.Next(20_000, 32_000)));
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
            catch (SocketException)
            {
            }
        }
    }
}
