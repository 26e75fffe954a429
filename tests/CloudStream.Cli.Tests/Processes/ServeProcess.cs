using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace CloudStream.Cli.Tests.Processes;

/// <summary>A real broker process on a folder and a free port.</summary>
internal sealed partial class ServeProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int SigInt = 2;
    private const int SigStop = 19;
    private const int SigCont = 18;
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly StringBuilder _printed = new();

    private ServeProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Standard output and standard error so far.</summary>
    public string Printed
    {
        get
        {
            lock (_printed)
                return _printed.ToString();
        }
    }

    /// <summary>
    /// A port that is free now and that no outgoing connection will take: below those that systems give out (32768 and up on Linux).
    /// Otherwise a client that tries to reach a broker that is down could end up connected to itself, and the broker could not come back.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(12_000, 32_000));
            try
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    public static Task<ServeProcess> StartAsync(string data, int port = 0, params string[] more) => StartAsync(data, port, null, more);

    /// <summary>With an environment variable set.</summary>
    public static Task<ServeProcess> StartAsync(string data, (string Name, string Value) variable) => StartAsync(data, 0, variable, []);

    /// <summary>On stores that these options name, and no folder.</summary>
    public static Task<ServeProcess> StartOnAsync(string[] place) => StartAsync(0, null, place);

    /// <summary>Under limits on what the process may use, as the shell's ulimit takes them, and waits for readiness.</summary>
    public static async Task<ServeProcess> StartLimitedAsync(string limits, string data, int port, int kafkaPort)
    {
        ServeProcess serve = StartRawLimited(limits, data, port, kafkaPort);
        await serve.WaitUntilReadyAsync();
        return serve;
    }

    /// <summary>The same without waiting.</summary>
    public static ServeProcess StartRawLimited(string limits, string data, int port, int kafkaPort)
    {
        ProcessStartInfo start = CloudStreamProcess.StartInfo(
            "-c", $"ulimit {limits} && exec \"$0\" \"$@\"", CloudStreamProcess.Executable,
            "serve", "--data", data, "--http", $"127.0.0.1:{port}", "--kafka", $"127.0.0.1:{kafkaPort}");
        start.FileName = "/bin/sh";
        var serve = new ServeProcess(new Process { StartInfo = start }, new Uri($"http://127.0.0.1:{port}"));
        serve.Start();
        return serve;
    }

    public void Kill() => _process.Kill();

    /// <summary>Freezes the process (SIGSTOP) until <see cref="Thaw"/>. Linux numbers its signals so.</summary>
    public void Freeze() => Assert.Equal(0, SendSignal(_process.Id, SigStop));

    public void Thaw() => Assert.Equal(0, SendSignal(_process.Id, SigCont));

    public Task<int> TerminateAsync() => SignalAsync(SigTerm);

    public Task<int> InterruptAsync() => SignalAsync(SigInt);

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            throw new TimeoutException($"serve did not end within {StopLimit.TotalSeconds} s: {Printed}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    /// <summary>Starts serve with exactly these arguments and does not wait for readiness.</summary>
    public static ServeProcess StartRaw(string workingFolder, Uri address, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = CloudStreamProcess.StartInfo(arguments);
        start.WorkingDirectory = workingFolder;
        var serve = new ServeProcess(new Process { StartInfo = start }, address);
        serve.Start();
        return serve;
    }

    /// <summary>Waits until standard output has a line that begins so, and gives the rest of that line.</summary>
    public async Task<string> PrintedLineAsync(string beginning)
    {
        string? line = null;
        await Eventually.TrueAsync(
            () =>
            {
                line = Printed.Split('\n').FirstOrDefault(l => l.StartsWith(beginning, StringComparison.Ordinal));
                return Task.FromResult(line is not null || _process.HasExited);
            },
            ReadyLimit,
            () => $"serve did not print '{beginning}': {Printed}");
        return line?[beginning.Length..].Trim() ?? throw new InvalidOperationException($"serve ended: {Printed}");
    }

    /// <summary>Waits until the series of <c>/metrics</c> whose lines begin so add up to at least so much.</summary>
    public async Task MeasuresAsync(string series, double least)
    {
        using var client = new HttpClient { BaseAddress = Address };
        string text = "";
        await Eventually.TrueAsync(
            async () =>
            {
                text = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
                return text.Split('\n').Where(l => l.StartsWith(series, StringComparison.Ordinal)).Sum(
                    l => double.Parse(l.Split(' ')[^1], CultureInfo.InvariantCulture)) >= least;
            },
            ReadyLimit,
            () => $"{series} did not reach {least}: {text}");
    }

    private static Task<ServeProcess> StartAsync(string data, int port, (string Name, string Value)? variable, string[] more) =>
        StartAsync(port, variable, ["--data", data, .. more]);

    private static async Task<ServeProcess> StartAsync(int port, (string Name, string Value)? variable, string[] more)
    {
        if (port == 0)
            port = FreePort();
        // Not the usual port of Kafka clients, which brokers of tests that run side by side would take from each other.
        string[] kafka = more.Contains("--kafka") ? [] : ["--kafka", "127.0.0.1:0"];
        ProcessStartInfo start = CloudStreamProcess.StartInfo(["serve", "--http", $"127.0.0.1:{port}", .. kafka, .. more]);
        if (variable is { } set)
            start.Environment[set.Name] = set.Value;
        var serve = new ServeProcess(new Process { StartInfo = start }, new Uri($"http://127.0.0.1:{port}"));
        serve.Start();
        await serve.WaitUntilReadyAsync();
        return serve;
    }

    private void Start()
    {
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Keep(string? line)
    {
        lock (_printed)
            _printed.AppendLine(line);
    }

    private async Task WaitUntilReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Address };
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.False(_process.HasExited, $"serve ended: {Printed}");
                try
                {
                    using HttpResponseMessage response = await client.GetAsync(new Uri("/readyz", UriKind.Relative));
                    return response.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            ReadyLimit,
            () => $"serve did not become ready: {Printed}");
    }

    private Task<int> SignalAsync(int signal)
    {
        Assert.Equal(0, SendSignal(_process.Id, signal));
        return WaitForExitAsync();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
