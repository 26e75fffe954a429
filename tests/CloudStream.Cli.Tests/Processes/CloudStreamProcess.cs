using System.Diagnostics;
using System.Text;

namespace CloudStream.Cli.Tests.Processes;

/// <summary>Runs the real executable to its end and keeps what it printed.</summary>
internal static class CloudStreamProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <summary>The built executable, or another one (a published one, say) that <c>CLOUDSTREAM_EXECUTABLE</c> names.</summary>
    public static string Executable { get; } = Environment.GetEnvironmentVariable("CLOUDSTREAM_EXECUTABLE") ?? FindBuilt();

    public static Task<ProcessOutcome> RunAsync(Uri? server, params string[] arguments) =>
        RunAsync(server, ReadOnlyMemory<byte>.Empty, arguments);

    public static async Task<ProcessOutcome> RunAsync(Uri? server, ReadOnlyMemory<byte> input, params string[] arguments)
    {
        using var process = new Process { StartInfo = StartInfo(arguments) };
        if (server is not null)
            process.StartInfo.Environment["CLOUDSTREAM_SERVER"] = server.ToString();
        process.Start();
        using var limit = new CancellationTokenSource(Limit);
        var output = new MemoryStream();
        Task outputRead = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
        Task<string> errorRead = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, limit.Token);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command ended before it had read everything; its exit code says why.
        }

        try
        {
            await Task.WhenAll(outputRead, errorRead, process.WaitForExitAsync(limit.Token));
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException(
                $"cloudstream {string.Join(' ', arguments)} did not end within {Limit.TotalSeconds} s; so far it "
                    + $"printed: {Encoding.UTF8.GetString(output.ToArray())}");
        }

        return new ProcessOutcome(process.ExitCode, output.ToArray(), await errorRead);
    }

    public static ProcessStartInfo StartInfo(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Executable)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Remove("CLOUDSTREAM_SERVER");
        start.Environment.Remove("CLOUDSTREAM_KAFKA");
        return start;
    }

    // From tests/CloudStream.Cli.Tests/bin/CONFIGURATION/net10.0/ to the same configuration of the product, beside its native libraries.
    private static string FindBuilt()
    {
        string[] path = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        return string.Join('/', [.. path[..^5], "src", "CloudStream.Cli", .. path[^3..], "cloudstream"]);
    }
}
