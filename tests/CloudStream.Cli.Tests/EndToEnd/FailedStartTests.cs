using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>A start that fails leaves no folder behind where there was none, and the folder of a cluster as it was.</summary>
public sealed class FailedStartTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.Combine("above/data");

    public static TheoryData<string, string[], string> Causes { get; } = new()
    {
        { "the HTTP port is taken", ["--http", "TAKEN"], "the port is in use" },
        { "the Kafka port is taken", ["--kafka", "TAKEN"], "the port is in use" },
        { "an address that is not ours", ["--http", "192.0.2.1:80"], "cannot listen on" },
        { "a host without an address", ["--kafka", "host.invalid:9092"], "cannot listen on" },
        { "a certificate that is none", ["--kafka-tls-cert", "rubbish.pem"], "cannot use the certificate" },
        { "a certificate for clients", ["--kafka-tls-cert", "client.pem"], "is not for servers" },
        { "an advertised name that is none", ["--kafka-advertised", "two words:9092"], "cannot come to two words:9092" },
        { "an advertised address that is no place", ["--kafka-advertised", "0.0.0.0:9092"], "cannot come to 0.0.0.0:9092" },
        { "users that do not parse", ["--kafka-users", "rubbish.pem"], "rubbish.pem:1" },
        { "users that are not there", ["--kafka-users", "nobody.txt"], "cannot read the users" },
        { "a setting of another range", ["--set", "num.partitions=0"], "num.partitions" },
        { "settings that do not go together",
            ["--set", "cloudstream.flush.bytes=1048576", "--set", "cloudstream.shard.buffer.bytes=8192"], "at least" },
        { "a setting of the Kafka face", ["--set", "sasl.server.max.receive.size=1"], "sasl.server.max.receive.size" },
        { "a setting of the HTTP face", ["--set", "cloudstream.http.allowed.origins=nonsense"], "cloudstream.http.allowed.origins" },
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public async Task Whatever_can_be_seen_before(string cause, string[] arguments, string said)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        WriteFiles();

        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(null, Arguments(arguments, taken.LocalEndpoint.ToString()!));

        Assert.True(outcome.ExitCode is 1 or 2, $"{cause}: {outcome.ExitCode}");
        Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(_folder.Combine("above")), cause);
    }

    // SQLite takes paths of at most 512 bytes: the database cannot be made when everything else is there.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_fails_when_the_folder_is_made_takes_it_away_again(bool isThereBefore)
    {
        string data = Path.Combine([_folder.Combine("above"), .. Enumerable.Repeat(new string('d', 100), 5)]);
        if (isThereBefore)
            Directory.CreateDirectory(data);

        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(
            null, "serve", "--data", data, "--http", "127.0.0.1:0", "--kafka", "127.0.0.1:0");

        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith($"cloudstream: cannot use {data}: ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(isThereBefore, Directory.Exists(_folder.Combine("above")));
        if (isThereBefore)
            Assert.Empty(Directory.GetFileSystemEntries(data));
    }

    [Fact]
    public async Task The_fewest_descriptors_with_which_a_broker_starts_are_enough_for_it()
    {
        // A native executable, which the tests may be given, needs far fewer. How many are needed depends a little on how many there are.
        int few = Environment.GetEnvironmentVariable("CLOUDSTREAM_EXECUTABLE") is null ? 200 : 64;
        while (await NeededAsync(few) is { } needed)
        {
            Assert.True(needed > few);
            Assert.False(Directory.Exists(_folder.Combine("above")));
            few = needed;
        }

        Assert.True(Directory.Exists(Data));
    }

    [Fact]
    public async Task Of_two_starts_on_a_new_folder_the_one_that_is_ended_harms_nothing()
    {
        for (int round = 0; round < 3; round++)
        {
            await using ServeProcess ended = ServeProcess.StartRaw(
                _folder.Path, new Uri("http://127.0.0.1"), "serve", "--data", Data, "--http", "127.0.0.1:0", "--kafka", "127.0.0.1:0");
            Task<ServeProcess> starting = ServeProcess.StartAsync(Data);
            await Eventually.TrueAsync(() => Task.FromResult(Directory.Exists(Data)), s_limit, () => ended.Printed);
            await ended.TerminateAsync();
            await using ServeProcess serve = await starting;
            (await CloudStreamProcess.RunAsync(serve.Address, "topic", "create", "t", "--partitions", "1")).Succeeded();
            (await CloudStreamProcess.RunAsync(serve.Address, "a\n"u8.ToArray(), "produce", "t")).Succeeded();
            serve.Kill();
            await serve.WaitForExitAsync();

            await using ServeProcess again = await ServeProcess.StartAsync(Data);
            Assert.Equal("a\n",
                (await CloudStreamProcess.RunAsync(again.Address, "consume", "t", "--count", "1")).Succeeded().Output);
            Assert.Equal(0, await again.TerminateAsync());
            Directory.Delete(Data, recursive: true);
        }
    }

    [Fact]
    public async Task The_folder_of_a_cluster_is_left_as_it_was()
    {
        await using (ServeProcess serve = await ServeProcess.StartAsync(Data))
        {
            (await CloudStreamProcess.RunAsync(serve.Address, "topic", "create", "t", "--partitions", "1")).Succeeded();
            Assert.Equal(0, await serve.TerminateAsync());
        }

        string[] before = Contents();
        WriteFiles();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        foreach (var (cause, arguments, _) in Causes.Select(static c => c.Data))
        {
            ProcessOutcome outcome = await CloudStreamProcess.RunAsync(null, Arguments(arguments, taken.LocalEndpoint.ToString()!));
            Assert.NotEqual(0, outcome.ExitCode);
            Assert.True(before.SequenceEqual(Contents()), cause);
        }
    }

    public void Dispose() => _folder.Dispose();

    private string[] Arguments(string[] arguments, string taken)
    {
        List<string> all = ["serve", "--data", Data];
        if (!arguments.Contains("--http"))
            all.AddRange(["--http", "127.0.0.1:0"]);
        if (!arguments.Contains("--kafka"))
            all.AddRange(["--kafka", "127.0.0.1:0"]);
        foreach (string argument in arguments)
            all.Add(argument == "TAKEN" ? taken : argument.EndsWith(".pem", StringComparison.Ordinal)
                || argument.EndsWith(".txt", StringComparison.Ordinal) ? _folder.Combine(argument) : argument);
        return [.. all];
    }

    private void WriteFiles()
    {
        File.WriteAllText(_folder.Combine("rubbish.pem"), "-----rubbish");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(
            _folder.Combine("client.pem"), certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>How many descriptors a broker says it needs where there are so few; null where it gets ready.</summary>
    private async Task<int?> NeededAsync(int few)
    {
        const string words = "fewer than about ";
        await using ServeProcess serve = ServeProcess.StartRawLimited(
            $"-n {few}", Data, ServeProcess.FreePort(), ServeProcess.FreePort());
        await Eventually.TrueAsync(
            () => Task.FromResult(serve.Printed.Contains("\nready", StringComparison.Ordinal) || serve.HasExited), s_limit,
            () => serve.Printed);
        if (!serve.HasExited)
        {
            Assert.Equal(0, await serve.TerminateAsync());
            return null;
        }

        Assert.Equal(1, await serve.WaitForExitAsync());
        await Eventually.TrueAsync(
            () => Task.FromResult(serve.Printed.Contains(words, StringComparison.Ordinal)), s_limit, () => serve.Printed);
        string rest = serve.Printed[(serve.Printed.IndexOf(words, StringComparison.Ordinal) + words.Length)..];
        return int.Parse(rest[..rest.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
    }

    private string[] Contents() =>
    [
        .. Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(
            static f => $"{f} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}"),
    ];
}
