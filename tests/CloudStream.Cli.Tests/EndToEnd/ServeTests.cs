using System.Net;
using System.Net.Sockets;
using System.Text;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

public sealed class ServeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task ItPrintsItsFolderAndAddressIsReadyAndEndsWithZeroOnSigTerm()
    {
        await using ServeProcess serve = await ServeProcess.StartAsync(_folder.Combine("data"));
        Assert.Equal(_folder.Combine("data"), await serve.PrintedLineAsync("data  "));
        Assert.Matches("^lz4: (managed|liblz4.*), zstd: (managed|libzstd.*)$", await serve.PrintedLineAsync("codecs  "));
        Assert.Equal(serve.Address.ToString().TrimEnd('/'), await serve.PrintedLineAsync("http  "));
        Assert.Equal(0, await serve.TerminateAsync());
    }

    // The client compresses with whatever the system has; the broker reads that by managed code, and writes JSON of it.
    [Theory]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task CodecsThatTheSystemLacksComeAlong(string codec)
    {
        await using ServeProcess serve = await ServeProcess.StartAsync(_folder.Combine("data"), ("CLOUDSTREAM_CODECS", "managed"));
        Assert.Equal("lz4: managed, zstd: managed", await serve.PrintedLineAsync("codecs  "));
        (await CloudStreamProcess.RunAsync(serve.Address, "topic", "create", "t", "--partitions", "1")).Succeeded();
        byte[] lines = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(i => $"line {i}\n")));
        (await CloudStreamProcess.RunAsync(serve.Address, lines, "produce", "t", "--compression", codec)).Succeeded();

        using var client = new HttpClient { BaseAddress = serve.Address };
        string records = await client.GetStringAsync(new Uri("v1/topics/t/partitions/0/records?offset=1990", UriKind.Relative));

        Assert.Contains("line 1999", records, StringComparison.Ordinal);
        Assert.Equal(0, await serve.TerminateAsync());
    }

    [Fact]
    public async Task CtrlCDrainsAndEndsWithZero()
    {
        await using ServeProcess serve = await ServeProcess.StartAsync(_folder.Combine("data"));
        Assert.Equal(0, await serve.InterruptAsync());
    }

    [Fact]
    public async Task SigTermEndsReadersThatWait()
    {
        await using ServeProcess serve = await ServeProcess.StartAsync(_folder.Combine("data"));
        (await CloudStreamProcess.RunAsync(serve.Address, "topic", "create", "quiet", "--partitions", "1")).Succeeded();
        using var client = new HttpClient { BaseAddress = serve.Address };
        Task<HttpResponseMessage> longPoll = client.GetAsync(new Uri("/v1/topics/quiet/partitions/0/records?wait=60s", UriKind.Relative));
        using var streamRequest = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/topics/quiet/records", UriKind.Relative))
        {
            Headers = { { "Accept", "text/event-stream" } }
        };
        using HttpResponseMessage stream = await client.SendAsync(streamRequest, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(0, await serve.TerminateAsync());
        try
        {
            (await longPoll).Dispose();
        }
        catch (HttpRequestException)
        {
            // Cut off or answered: either way the broker did not wait a minute for it.
        }
    }

    [Fact]
    public async Task WithoutArgumentsForTheFolderItTakesOneInTheWorkingFolder()
    {
        await using ServeProcess serve = ServeProcess.StartRaw(
            _folder.Path, new Uri("http://127.0.0.1"), "serve", "--http", "127.0.0.1:0", "--kafka", "127.0.0.1:0");
        Assert.EndsWith("/cloudstream-data", await serve.PrintedLineAsync("data  "), StringComparison.Ordinal);
        var address = new Uri(await serve.PrintedLineAsync("http  "));
        await serve.PrintedLineAsync("ready");
        Assert.NotEqual(0, address.Port);
        Assert.True(File.Exists(_folder.Combine("cloudstream-data/registers.db")));
        (await CloudStreamProcess.RunAsync(address, "topic", "list")).Succeeded();
        Assert.Equal(0, await serve.TerminateAsync());
    }

    [Fact]
    public async Task WithoutAnAddressForKafkaClientsItTakesTheirUsualOneIfThatIsFree()
    {
        using (var taken = new TcpListener(IPAddress.Loopback, UsualPort))
        {
            bool ours = await TryListenAsync(taken);
            Assert.Equal("none: 127.0.0.1:9092 is in use; choose an address with --kafka", await KafkaAddressAsync());
            if (!ours)
                return; // Another program has the port for good: that it is taken when it is free cannot be seen here.
        }
        Assert.Equal("127.0.0.1:9092", await KafkaAddressAsync());
    }

    private const int UsualPort = 9092;

    private static async Task<bool> TryListenAsync(TcpListener listener)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            try
            {
                listener.Start();
                return true;
            }
            catch (SocketException)
            {
                await Eventually.PassedAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
            }
        }
        return false;
    }

    /// <summary>Where a broker that was not told says that it listens for Kafka clients.</summary>
    private async Task<string> KafkaAddressAsync()
    {
        await using ServeProcess serve = ServeProcess.StartRaw(
            _folder.Path, new Uri("http://127.0.0.1"), "serve", "--data", "data", "--http", "127.0.0.1:0");
        string address = await serve.PrintedLineAsync("kafka  ");
        await serve.PrintedLineAsync("ready");
        Assert.Equal(0, await serve.TerminateAsync());
        return address;
    }

    [Fact]
    public async Task APortInUseIsSaidPlainly()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string address = taken.LocalEndpoint.ToString()!;
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(null, "serve", "--data", _folder.Combine("data"), "--http", address);
        Assert.Equal((1, $"cloudstream: cannot listen on {address}: the port is in use; choose another with --http\n"),
            (outcome.ExitCode, outcome.Error));
        Assert.False(Directory.Exists(_folder.Combine("data")));
    }

    [Fact]
    public async Task AnUnknownSettingIsRefusedWithTheNearOnes()
    {
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(
            null, "serve", "--data", _folder.Combine("data"), "--set", "num.partition=3");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("num.partitions", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.Combine("data")));
    }

    [Theory]
    [InlineData("--set", "num.partitions=none")]
    [InlineData("--set", "num.partitions")]
    [InlineData("--http", "8098")]
    [InlineData("--http", "127.0.0.1:99999")]
    [InlineData("--flush-interval", "soon")]
    [InlineData("--flush-interval", "2h")]
    [InlineData("--kafka", "9092")]
    [InlineData("--kafka-advertised", "broker:9092")]
    [InlineData("--nonsense", "x")]
    public async Task AWrongArgumentIsAUsageError(string option, string value)
    {
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(null, "serve", "--data", _folder.Combine("data"), option, value);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("cloudstream: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolderThatCannotBeUsedIsSaidPlainly()
    {
        await File.WriteAllTextAsync(_folder.Combine("file"), "not a folder", TestContext.Current.CancellationToken);
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(
            null, "serve", "--data", _folder.Combine("file/data"), "--http", "127.0.0.1:0");
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith("cloudstream: ", outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task SettingsTakeEffect()
    {
        await using ServeProcess serve = await ServeProcess.StartAsync(
            _folder.Combine("data"), 0, "--set", "num.partitions=7", "--flush-interval", "2ms");
        (await CloudStreamProcess.RunAsync(serve.Address, "topic", "create", "wide")).Succeeded();
        Assert.Contains("\"partitions\": 7",
            (await CloudStreamProcess.RunAsync(serve.Address, "topic", "describe", "wide", "--json")).Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
