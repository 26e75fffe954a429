using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>One broker of Apache Kafka from KAFKA_HOME on free ports and a folder of its own, for the tests of a class; started by the first that needs it.</summary>
public sealed class ApacheKafka : IDisposable
{
    private readonly Lazy<Task<IPEndPoint>> _start;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"cloudstream-kafka-{Guid.NewGuid():N}");
    private Process? _broker;

    public ApacheKafka() => _start = new Lazy<Task<IPEndPoint>>(StartAsync);

    /// <summary>Where it listens. Skips the test where Kafka is not at hand.</summary>
    public Task<IPEndPoint> StartedAsync()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("KAFKA_HOME") is { } home && Directory.Exists(Path.Combine(home, "libs")),
            "KAFKA_HOME names no folder with libs: Apache Kafka is not at hand");
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(p => File.Exists(Path.Combine(p, "java"))), "java is not at hand");
        return _start.Value;
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

    private async Task<IPEndPoint> StartAsync()
    {
        var (broker, controller) = (FreePort(), FreePort());
        Directory.CreateDirectory(_folder);
        var properties = Path.Combine(_folder, "server.properties");
        await File.WriteAllTextAsync(properties, Properties(broker, controller));
        using (var format = Java("kafka.tools.StorageTool", "format", "-t", "vM1B23JcTdm56CYLqCcHNQ", "-c", properties))
            await format.WaitForExitAsync();
        _broker = Java("kafka.Kafka", properties);
        var end = new IPEndPoint(IPAddress.Loopback, broker);
        await ReadyAsync(end, _broker);
        return end;
    }

    // Its defaults, but for what one broker alone needs and for groups that form at once.
    private string Properties(int broker, int controller) => $"""
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:{controller}
        listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
        advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
        controller.listener.names=CONTROLLER
        listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
        log.dirs={_folder}/data
        offsets.topic.num.partitions=1
        offsets.topic.replication.factor=1
        transaction.state.log.num.partitions=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        group.initial.rebalance.delay.ms=0
        log.cleaner.dedupe.buffer.size=4194304
        """;

    private static Process Java(params string[] arguments)
    {
        var home = Environment.GetEnvironmentVariable("KAFKA_HOME")!;
        var process = Process.Start(new ProcessStartInfo("java", ["-Xmx512M", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", Path.Combine(home, "libs", "*"), .. arguments])
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
