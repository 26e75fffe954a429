using System.ComponentModel;
using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary><c>serve --kafka-tls-cert</c>, with certificates in files.</summary>
public sealed class KafkaTlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestCertificates _certificates = new();

    public KafkaTlsTests() => _certificates.WriteTo(_folder.Path);

    [Theory]
    [InlineData("chain.pem", "key.pem")]
    [InlineData("all.pem", null)]
    [InlineData("all.pfx", null)]
    public async Task ClientsThatTrustTheRootAreServedAndOthersAreToldInTheLog(string certificate, string? key)
    {
        int port = ServeProcess.FreePort();
        await using ServeProcess serve = await StartAsync(port, certificate, key);
        using (SslStream trusting = await ConnectAsync(port))
        {
            // ApiVersions, version 0: correlation id 1, no client id.
            await trusting.WriteAsync(new byte[] { 0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255 });
            var answer = new byte[10];
            await trusting.ReadExactlyAsync(answer);
            Assert.Equal([0, 0, 0, 1, 0, 0], answer[4..]);
        }

        using var plain = new TcpClient("127.0.0.1", port);
        await plain.GetStream().WriteAsync(new byte[] { 0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255 });
        Assert.Equal(0, await EndOfAsync(plain.GetStream()));
        await Eventually.TrueAsync(
            () => Task.FromResult(serve.Printed.Contains(
                "it does not speak TLS, and this port does (clients set security.protocol=SSL)", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(30),
            () => serve.Printed);
        Assert.Equal(0, await serve.TerminateAsync());
    }

    [Fact]
    public async Task TlsOnAPortWithoutItIsToldInTheLog()
    {
        int port = ServeProcess.FreePort();
        await using ServeProcess serve = await ServeProcess.StartAsync(_folder.Combine("data"), 0, "--kafka", $"127.0.0.1:{port}");
        await Assert.ThrowsAnyAsync<IOException>(() => ConnectAsync(port));
        await Eventually.TrueAsync(
            () => Task.FromResult(serve.Printed.Contains(
                "it speaks TLS, and this port does not (clients set security.protocol=PLAINTEXT)", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(30),
            () => serve.Printed);
    }

    [Fact]
    public async Task KcatProducesAndConsumesCompressedRecordsThroughTls()
    {
        int port = ServeProcess.FreePort();
        await using ServeProcess serve = await StartAsync(port, "chain.pem", "key.pem");
        string records = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"record {i} {new string('x', 100)}\n"));
        await KcatAsync(port, records, "-P", "-t", "secret", "-p", "0", "-z", "lz4");
        Assert.Equal(records, await KcatAsync(port, "", "-C", "-t", "secret", "-p", "0", "-o", "beginning", "-e", "-q"));
    }

    [Theory]
    [InlineData("missing.pem", null, "Could not find file")]
    [InlineData("empty.pem", null, "cannot use the certificate")]
    [InlineData("chain.pem", null, "cannot use the certificate")]
    [InlineData("chain.pem", "root.pem", "cannot use the certificate")]
    [InlineData("key.pem", null, "cannot use the certificate")]
    public async Task ACertificateThatCannotBeUsedIsAUsageErrorBeforeAnythingStarts(string certificate, string? key, string said)
    {
        await File.WriteAllTextAsync(_folder.Combine("empty.pem"), "", TestContext.Current.CancellationToken);
        string[] more = key is null ? [] : ["--kafka-tls-key", _folder.Combine(key)];
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(
            null, ["serve", "--data", _folder.Combine("data"), "--http", "127.0.0.1:0", "--kafka", "127.0.0.1:0", "--kafka-tls-cert",
                _folder.Combine(certificate), .. more]);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("cloudstream: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
        Assert.Contains(certificate, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(_folder.Combine("data")));
    }

    public void Dispose()
    {
        _certificates.Dispose();
        _folder.Dispose();
    }

    private Task<ServeProcess> StartAsync(int port, string certificate, string? key)
    {
        string[] more = key is null ? [] : ["--kafka-tls-key", _folder.Combine(key)];
        return ServeProcess.StartAsync(
            _folder.Combine("data"), 0, ["--kafka", $"127.0.0.1:{port}", "--kafka-tls-cert", _folder.Combine(certificate), .. more]);
    }

    private async Task<SslStream> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", port);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false, _certificates.Judge);
        await stream.AuthenticateAsClientAsync("localhost");
        return stream;
    }

    private static async Task<int> EndOfAsync(Stream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[1]);
        }
        catch (IOException)
        {
            return 0; // Reset, as it had not taken all that was sent.
        }
    }

    private async Task<string> KcatAsync(int port, string input, params string[] arguments)
    {
        string[] all = ["-b", $"localhost:{port}", "-X", "security.protocol=ssl", "-X", $"ssl.ca.location={_folder.Combine("root.pem")}",
            "-X", "broker.address.family=v4", .. arguments];
        using Process kcat = StartKcat(all);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Task<string> output = kcat.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = kcat.StandardError.ReadToEndAsync(limit.Token);
        await kcat.StandardInput.WriteAsync(input);
        kcat.StandardInput.Close();
        try
        {
            await kcat.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            kcat.Kill();
            throw;
        }

        Assert.True(kcat.ExitCode == 0, await error);
        return await output;
    }

    private static Process StartKcat(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("kcat", arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            })!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("kcat is not installed");
            throw;
        }
    }
}
