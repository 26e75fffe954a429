using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary><c>serve --kafka-users</c> and <c>kafka-user</c>.</summary>
public sealed class KafkaUsersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task OnlyUsersOfTheFileAreServedAndTheLogTellsOfOthersWithoutTheirPasswords()
    {
        ProcessOutcome hashed = await CloudStreamProcess.RunAsync(null, Encoding.UTF8.GetBytes("bob-secret\n"), "kafka-user", "bob");
        Assert.StartsWith("bob:pbkdf2-sha512:210000:", hashed.Succeeded().Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.Combine("users"), $"# who may come\nalice:alice-secret\n{hashed.Output}",
            TestContext.Current.CancellationToken);
        int port = ServeProcess.FreePort();
        await using ServeProcess serve = await ServeProcess.StartAsync(
            _folder.Combine("data"), 0, "--kafka", $"127.0.0.1:{port}", "--kafka-users", _folder.Combine("users"), "--set",
            "connections.max.reauth.ms=60000", "--set", "connection.failed.authentication.delay.ms=0");

        Assert.Equal((0, 60_000L), await AuthenticateAsync(port, "alice", "alice-secret"));
        Assert.Equal((0, 60_000L), await AuthenticateAsync(port, "bob", "bob-secret"));
        Assert.Equal((58, 0L), await AuthenticateAsync(port, "bob", "guessed-secret"));
        await Eventually.TrueAsync(
            () => Task.FromResult(serve.Printed.Contains("Authentication failed: Invalid username or password", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(30),
            () => serve.Printed);
        Assert.DoesNotContain("secret", serve.Printed, StringComparison.Ordinal);
        Assert.DoesNotContain("come in plain", serve.Printed, StringComparison.Ordinal);
        Assert.Equal(0, await serve.TerminateAsync());
    }

    [Fact]
    public async Task PasswordsInPlainOnAPortThatIsNotThisMachinesAloneAreWarnedOf()
    {
        await File.WriteAllTextAsync(_folder.Combine("users"), "alice:alice-secret\n", TestContext.Current.CancellationToken);
        int port = ServeProcess.FreePort();
        await using ServeProcess serve = await ServeProcess.StartAsync(
            _folder.Combine("data"), 0, "--kafka", $"0.0.0.0:{port}", "--kafka-users", _folder.Combine("users"));
        await Eventually.TrueAsync(
            () => Task.FromResult(
                serve.Printed.Contains($"Passwords of Kafka clients come in plain to 0.0.0.0:{port}", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(30),
            () => serve.Printed);
    }

    [Theory]
    [InlineData("alice", "users:1: no colon: a line is NAME:PASSWORD")]
    [InlineData("# one\nalice:secret\nalice:secret", "users:3: 'alice' has a line already")]
    [InlineData("", "users: no user: at least one line NAME:PASSWORD is needed")]
    public async Task AFileThatCannotBeUsedIsAUsageErrorBeforeAnythingStarts(string text, string said)
    {
        await File.WriteAllTextAsync(_folder.Combine("users"), text, TestContext.Current.CancellationToken);
        ProcessOutcome outcome = await ServeAsync("--kafka", "127.0.0.1:0", "--kafka-users", _folder.Combine("users"));
        Assert.Equal((2, "", $"cloudstream: {_folder.Path}/{said}\n"), (outcome.ExitCode, outcome.Output, outcome.Error));
        Assert.False(Directory.Exists(_folder.Combine("data")));
    }

    [Fact]
    public async Task AFileThatIsNotThereIsAUsageError()
    {
        ProcessOutcome outcome = await ServeAsync("--kafka", "127.0.0.1:0", "--kafka-users", _folder.Combine("nowhere"));
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith($"cloudstream: cannot read the users {_folder.Combine("nowhere")}: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UsersGoWithAPortThatWasAskedFor()
    {
        ProcessOutcome outcome = await ServeAsync("--kafka-users", "users");
        Assert.Equal(
            (2, "cloudstream: --kafka-advertised, --kafka-tls-cert, --kafka-tls-key and --kafka-users go with --kafka HOST:PORT\n"),
            (outcome.ExitCode, outcome.Error));
    }

    [Theory]
    [InlineData("", "alice", "kafka-user:1: no password for 'alice'")]
    [InlineData("\n", "alice", "kafka-user:1: no password for 'alice'")]
    [InlineData("x\n", "", "kafka-user:1: no name before the colon")]
    [InlineData("x\n", "al:ice", "a name does not begin with # and contains no colon and no line break")]
    [InlineData("x\n", "#alice", "a name does not begin with # and contains no colon and no line break")]
    public async Task ALineIsNotPrintedForAUserThatCannotBe(string input, string name, string said)
    {
        ProcessOutcome outcome = await CloudStreamProcess.RunAsync(null, Encoding.UTF8.GetBytes(input), "kafka-user", name);
        Assert.Equal((2, "", $"cloudstream: {said}\n"), (outcome.ExitCode, outcome.Output, outcome.Error));
    }

    public void Dispose() => _folder.Dispose();

    private Task<ProcessOutcome> ServeAsync(params string[] arguments) =>
        CloudStreamProcess.RunAsync(null, ["serve", "--data", _folder.Combine("data"), "--http", "127.0.0.1:0", .. arguments]);

    private static async Task<(int Error, long LifetimeMs)> AuthenticateAsync(int port, string name, string password)
    {
        using var client = new TcpClient("127.0.0.1", port);
        NetworkStream stream = client.GetStream();

        // SaslHandshake, version 1: correlation id 1, no client id, PLAIN. The answer: no error, one mechanism.
        await stream.WriteAsync((byte[])[0, 0, 0, 17, 0, 17, 0, 1, 0, 0, 0, 1, 255, 255, 0, 5, .. "PLAIN"u8]);
        Assert.Equal([0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 5, .. "PLAIN"u8], await ReadAsync(stream));

        // SaslAuthenticate, version 1: correlation id 2.
        byte[] token = Encoding.UTF8.GetBytes($"\0{name}\0{password}");
        await stream.WriteAsync(
            (byte[])[0, 0, 0, (byte)(14 + token.Length), 0, 36, 0, 1, 0, 0, 0, 2, 255, 255, 0, 0, 0, (byte)token.Length, .. token]);
        byte[] answer = await ReadAsync(stream);
        return (BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4)), BinaryPrimitives.ReadInt64BigEndian(answer.AsSpan(^8)));
    }

    private static async Task<byte[]> ReadAsync(NetworkStream stream)
    {
        var size = new byte[4];
        await stream.ReadExactlyAsync(size);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        await stream.ReadExactlyAsync(frame);
        return frame;
    }
}
