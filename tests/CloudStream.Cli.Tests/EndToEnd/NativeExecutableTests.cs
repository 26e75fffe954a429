using System.Diagnostics;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>
/// The main path once more with the executable that is compiled to native code. Publishing it takes minutes, so its path comes from
/// <c>CLOUDSTREAM_NATIVE_EXECUTABLE</c>; <c>tests/native-aot</c> publishes it and sets that.
/// </summary>
public sealed class NativeExecutableTests
{
    private const string Variable = "CLOUDSTREAM_NATIVE_EXECUTABLE";

    private static readonly string s_why = $"{Variable} names no executable that was published with -p:NativeAot=true.";

    [Fact]
    public async Task ItServesAndIsKilledAndStartedAgainAsTheOtherOneIs()
    {
        string? executable = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(executable), s_why);
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(NativeExecutableTests).Assembly.Location);
        foreach (Type tests in (Type[])
            [
                typeof(ServeTests), typeof(KillTests), typeof(RestartTests), typeof(ShutdownTests), typeof(ProduceConsumeTests),
                typeof(TopicTests), typeof(GroupTests), typeof(KafkaTlsTests), typeof(KafkaUsersTests), typeof(InspectTests),
                typeof(KafkaBenchTests),
            ])
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(tests.FullName!);
        }

        start.Environment["CLOUDSTREAM_EXECUTABLE"] = executable;
        using var process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string printed = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, printed + await error);
        Assert.Matches(@"Total: [1-9]\d", printed);
    }

    [Fact]
    public void ItIsNativeCodeThatNeedsNoRuntime()
    {
        string? executable = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(executable), s_why);
        string folder = Path.GetDirectoryName(Path.GetFullPath(executable!))!;
        Assert.Empty(Directory.EnumerateFiles(folder, "*.dll"));
        Assert.Empty(Directory.EnumerateFiles(folder, "*.runtimeconfig.json"));
    }

    // The document is made by the framework, of what it finds out about the operations.
    [Fact]
    public async Task ItDescribesItsHttpApiAsTheOtherOneDoes()
    {
        string? executable = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(executable), s_why);
        using var folder = new TemporaryFolder();
        await using ServeProcess serve = await ServeProcess.StartAsync(folder.Combine("data"));
        string expected = await DocumentAsync(serve.Address);
        int port = ServeProcess.FreePort();
        using var native = Process.Start(new ProcessStartInfo(
            executable!, ["serve", "--data", folder.Combine("native"), "--http", $"127.0.0.1:{port}", "--kafka", "127.0.0.1:0"])
        {
            RedirectStandardOutput = true
        })!;
        try
        {
            while (await native.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && line != "ready")
            {
            }

            var address = new Uri($"http://127.0.0.1:{port}");
            Assert.Equal(
                expected.Replace(serve.Address.Authority, address.Authority, StringComparison.Ordinal), await DocumentAsync(address));
        }
        finally
        {
            native.Kill();
            await native.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static async Task<string> DocumentAsync(Uri address)
    {
        using var client = new HttpClient { BaseAddress = address };
        return await client.GetStringAsync(new Uri("openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken);
    }
}
