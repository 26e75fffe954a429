using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>What goes wrong is said in a person's words: a line that names no type of the program.</summary>
public sealed partial class FailureWordsTests
{
    private const string Html = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>";
    private const string EmptyObject = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    private const string NotFound = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    private const string ServerError = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

    [Theory]
    [InlineData("")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData(Html)]
    [InlineData(EmptyObject)]
    [InlineData(NotFound)]
    [InlineData(ServerError)]
    public async Task WhateverAnswersInsteadOfABroker(string answer)
    {
        using var server = new Impostor(answer);
        await SaysPlainlyAsync(new Uri($"http://{server.Address}"), "", "topic", "list");
        await SaysPlainlyAsync(new Uri($"https://{server.Address}"), "", "topic", "list");
    }

    [Theory]
    [InlineData("topic", "describe", "t")]
    [InlineData("topic", "create", "t")]
    [InlineData("topic", "config", "t")]
    [InlineData("group", "list")]
    [InlineData("group", "describe", "g")]
    [InlineData("produce", "t")]
    [InlineData("consume", "t")]
    [InlineData("bench", "produce", "--records", "1")]
    public async Task WhateverIsAskedOfIt(params string[] arguments)
    {
        using var server = new Impostor(EmptyObject);
        await SaysPlainlyAsync(new Uri($"http://{server.Address}"), "a\n", arguments);
    }

    [Theory]
    [InlineData("topic", "create", "t", "--partitions", "many")]
    [InlineData("topic", "create", "t", "--partitions", "99999999999")]
    [InlineData("produce", "t", "--partition", "first")]
    [InlineData("produce", "t", "/no/such/file")]
    [InlineData("produce", "t", "/")]
    [InlineData("consume", "t", "--count", "all")]
    [InlineData("bench", "produce", "--linger", "10m")]
    [InlineData("bench", "produce", "--records", "1.5")]
    [InlineData("inspect", "segment", "/etc/hostname")]
    [InlineData("inspect", "checkpoint", "--data", "/no/such/folder")]
    [InlineData("serve", "--data", "/dev/null/x")]
    [InlineData("serve", "--set", "num.partitions=none")]
    [InlineData("serve", "--http", "host.invalid:1")]
    public Task WhateverIsWrongWithTheCommandLine(params string[] arguments) => SaysPlainlyAsync(null, "", arguments);

    [Theory]
    [InlineData("{\"value\":\"\\ud800\"}")]
    [InlineData("{\"key\":1")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    public async Task WhateverIsWrongWithTheInput(string line)
    {
        using var server = new Impostor(EmptyObject);
        ProcessOutcome outcome = await SaysPlainlyAsync(
            new Uri($"http://{server.Address}"), line + "\n", "produce", "t", "--format", "ndjson");
        Assert.Contains("line 1: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProduceSaysThatTheServerDoesNotAnswerAndGoesOnUntilItIsInterrupted()
    {
        var nobody = new Uri($"http://127.0.0.1:{ServeProcess.FreePort()}/");
        using Process producer = Process.Start(CloudStreamProcess.StartInfo("produce", "t", "--server", nobody.ToString()))!;

        // Before anything is read, and while it goes on.
        Assert.Equal(
            $"cloudstream: No connection to {nobody}: Connection refused; still trying",
            await producer.StandardError.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.False(producer.HasExited);
        await producer.StandardInput.WriteAsync("a\n");
        await producer.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        Process.Start("kill", ["-INT", $"{producer.Id}"]).Dispose();

        Assert.Equal("0 records acknowledged\n", await producer.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        string rest = await producer.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("cloudstream: interrupted: 0 records stored", rest, StringComparison.Ordinal);
        await producer.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, producer.ExitCode);
    }

    [Fact]
    public async Task AFullDiskUnderTheOutputIsSaid()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");
        using var shell = Process.Start(
            new ProcessStartInfo("bash", ["-c", $"{CloudStreamProcess.Executable} --help > /dev/full"]) { RedirectStandardError = true })!;
        string error = await shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, shell.ExitCode);
        AssertPlain(error);
    }

    private static async Task<ProcessOutcome> SaysPlainlyAsync(Uri? server, string input, params string[] arguments)
    {
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(server, Encoding.UTF8.GetBytes(input), arguments);
        Assert.NotEqual(0, outcome.ExitCode);
        AssertPlain(outcome.Error);
        return outcome;
    }

    private static void AssertPlain(string error)
    {
        Assert.StartsWith("cloudstream: ", error, StringComparison.Ordinal);
        Assert.DoesNotMatch(TypeNames(), error);
    }

    [GeneratedRegex(
        @"\bSystem\.|Exception|\bCloudStream\.[A-Z]|Nullable|\bInt32\b|   at |\(\w*(Ended|Error)\)"
        + @"|LineNumber|unexpected failure|NotFound|InternalServerError")]
    private static partial Regex TypeNames();

    /// <summary>Gives every connection the same answer once it has said something, and closes it.</summary>
    private sealed class Impostor : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Impostor(string answer)
        {
            _listener.Start();
            _ = AcceptAsync(Encoding.ASCII.GetBytes(answer));
        }

        public EndPoint Address => _listener.LocalEndpoint;

        public void Dispose() => _listener.Dispose();

        private async Task AcceptAsync(byte[] answer)
        {
            try
            {
                while (true)
                    _ = AnswerAsync(await _listener.AcceptSocketAsync(), answer);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Disposed.
            }
        }

        private static async Task AnswerAsync(Socket socket, byte[] answer)
        {
            using (socket)
            {
                try
                {
                    await socket.ReceiveAsync(new byte[65536]);
                    await socket.SendAsync(answer);
                    socket.Shutdown(SocketShutdown.Send);
                }
                catch (SocketException)
                {
                    // The client went first.
                }
            }
        }
    }
}
