using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CloudStream.Cli.Bench.Kafka;
using CloudStream.Cli.Serve;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Kafka.Face;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>
/// More connections than there are file descriptors for: the broker goes on for those that are there, and refuses the rest.
/// </summary>
public sealed class ConnectionLimitTests : IDisposable
{
    private const string Reached = "connections are open, which is the limit";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Idle_sockets_on_either_port_take_no_descriptor_that_the_broker_needs(bool onKafkaPort)
    {
        (int http, int kafka) = (ServeProcess.FreePort(), ServeProcess.FreePort());
        await using ServeProcess serve = await ServeProcess.StartLimitedAsync("-n 512", _folder.Combine("data"), http, kafka);
        Assert.Contains("file descriptors are few", serve.Printed, StringComparison.Ordinal);
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1, PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan };
        using var known = new HttpClient(handler) { BaseAddress = serve.Address };
        await ProduceAsync(known, "t");
        var place = new HostPort("127.0.0.1", kafka);
        using BrokerConnection producer = await BrokerConnection.OpenAsync(place, CancellationToken.None);
        using BrokerConnection consumer = await BrokerConnection.OpenAsync(place, CancellationToken.None);
        Assert.Equal((1, 2), (await KafkaClient.ProduceAsync(producer, "t", 0), await KafkaClient.FetchAsync(consumer, "t", 0)));
        int most = (int)await MetricAsync(known, "cloudstream_connections_limit");
        Assert.InRange(most, DescriptorBudget.FewestConnections, 400);

        var idle = new List<Socket>();
        for (int i = 0; i < 2 * most; i++)
        {
            if (await TryConnectAsync(onKafkaPort ? kafka : http) is { } socket)
                idle.Add(socket);
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(serve.Printed.Contains(Reached, StringComparison.Ordinal)), s_limit, () => serve.Printed);

        // Who has a connection is served as before, and files are opened: topics are made.
        for (int i = 0; i < 20; i++)
        {
            await ProduceAsync(known, $"meanwhile-{i}");
            Assert.Equal(i + 2, await KafkaClient.ProduceAsync(producer, "t", 0));
            Assert.Equal(i + 3, await KafkaClient.FetchAsync(consumer, "t", 0));
        }

        await Eventually.TrueAsync(
            async () => await MetricAsync(known, "cloudstream_connections_refused") >= most, s_limit, () => serve.Printed);
        Assert.Equal(most, await MetricAsync(known, "cloudstream_connections_open"));
        Assert.Single(serve.Printed.Split('\n'), static line => line.Contains(Reached, StringComparison.Ordinal));
        await RefusedAsync(serve.Address, kafka);

        idle.ForEach(static s => s.Dispose());
        using var late = new HttpClient { BaseAddress = serve.Address };
        await Eventually.TrueAsync(() => IsServedAsync(late), s_limit, () => serve.Printed);
        await KafkaClient.AcknowledgedAsync(kafka, "t", 0);
        Assert.Equal(0, await serve.TerminateAsync());
    }

    [Theory]
    [InlineData(200)]
    [InlineData(80)]
    public async Task With_too_few_descriptors_a_broker_says_so_and_makes_nothing(int few)
    {
        // A native executable, which the tests may be given, needs far fewer.
        if (Environment.GetEnvironmentVariable("CLOUDSTREAM_EXECUTABLE") is not null)
            few = 64;
        string data = _folder.Combine("data");
        await using ServeProcess serve = ServeProcess.StartRawLimited($"-n {few}", data, ServeProcess.FreePort(), ServeProcess.FreePort());

        Assert.NotEqual(0, await serve.WaitForExitAsync());

        Assert.Contains($"{few} file descriptors are too few", serve.Printed, StringComparison.Ordinal);
        Assert.Contains("raise the limit (ulimit -n)", serve.Printed, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data));
    }

    [Fact]
    public async Task A_soft_limit_is_raised_as_far_as_it_may_be()
    {
        (int http, int kafka) = (ServeProcess.FreePort(), ServeProcess.FreePort());
        await using ServeProcess serve = await ServeProcess.StartLimitedAsync(
            "-Sn 256 && ulimit -Hn 1024", _folder.Combine("data"), http, kafka);
        using var client = new HttpClient { BaseAddress = serve.Address };
        Assert.InRange(await MetricAsync(client, "cloudstream_connections_limit"), 400, 1000);
    }

    [Theory]
    [InlineData(200, 90, 60, true, -186, 12)]
    [InlineData(512, 210, 172, true, 78, 32)]
    [InlineData(1_024, 210, 172, true, 526, 64)]
    [InlineData(65_536, 210, 172, true, 64_654, 256)]
    [InlineData(65_536, 230, 215, true, 64_666, 256)]
    [InlineData(256, 40, 0, false, 72, 16)]
    public void Descriptors_are_shared_out(
        long descriptors, int inUse, int assemblies, bool loadsAssemblies, int connections, int openFiles)
    {
        var budget = new DescriptorBudget(descriptors, inUse, assemblies, loadsAssemblies);
        Assert.Equal((connections, openFiles), (budget.Connections, budget.OpenFiles));
        Assert.Equal(connections >= 16, budget.IsEnough);
        Assert.Equal(descriptors - connections + 16, budget.Needed);
    }

    public void Dispose() => _folder.Dispose();

    // HTTP clients are told, those of Kafka see the end. Idle sockets may be taking up those who tell.
    private static async Task RefusedAsync(Uri address, int kafka)
    {
        await Eventually.TrueAsync(async () => (await AskAsync(address)).StartsWith("HTTP/1.1 503 ", StringComparison.Ordinal), s_limit,
            static () => "no client was told");
        string answer = await AskAsync(address);
        Assert.Contains("Retry-After: 1\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"too-many-connections\"", answer, StringComparison.Ordinal);
        using Socket? refused = await TryConnectAsync(kafka);
        Assert.Equal("", refused is null ? "" : await ReadToEndAsync(refused));
    }

    private static async Task<string> AskAsync(Uri address)
    {
        using Socket? socket = await TryConnectAsync(address.Port);
        if (socket is null)
            return "";
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        }
        catch (SocketException)
        {
            return ""; // Closed already.
        }

        return await ReadToEndAsync(socket);
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var read = new StringBuilder();
        byte[] buffer = new byte[4096];
        using var patience = new CancellationTokenSource(s_limit);
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and int bytes)
                read.Append(Encoding.ASCII.GetString(buffer, 0, bytes));
        }
        catch (SocketException)
        {
            // Reset, which is an end, too.
        }

        return read.ToString();
    }

    // Null where it was closed again before this side had noticed that it was open.
    private static async Task<Socket?> TryConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return socket;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            socket.Dispose();
            return null;
        }
    }

    private static async Task<bool> IsServedAsync(HttpClient client)
    {
        try
        {
            await ProduceAsync(client, "after");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task ProduceAsync(HttpClient client, string topic)
    {
        using var record = new StringContent("""{"value":"x"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.PostAsync(new Uri($"/v1/topics/{topic}/records", UriKind.Relative), record);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<double> MetricAsync(HttpClient client, string name)
    {
        string text = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return text.Split('\n').Where(l => l.StartsWith(name, StringComparison.Ordinal))
            .Sum(static l => double.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture));
    }
}
