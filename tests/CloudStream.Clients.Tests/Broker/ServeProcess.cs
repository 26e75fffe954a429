using System.Diagnostics;

namespace CloudStream.Clients.Tests.Broker;

/// <summary>A CloudStream broker process with its Kafka face, on a folder that goes with it and free ports that it names itself.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    // Kafka's names. kcat makes its topics by using them, and needs several partitions to show anything; groups form at once; a crashed
    // member is missed soon; retention looks every second.
    private static readonly string[] Settings = ["num.partitions=4", "group.initial.rebalance.delay.ms=0",
        "group.min.session.timeout.ms=1000", "log.retention.check.interval.ms=1000"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cloudstream-clients-");
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _printed = [];
    private readonly Process _process;

    private ServeProcess(string[] users)
    {
        var start = new ProcessStartInfo(
            Executable, ["serve", "--data", Path.Combine(_folder.FullName, "data"), "--http", "127.0.0.1:0", "--kafka", "127.0.0.1:0",
                .. UsersOption(users)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string setting in Settings)
        {
            start.ArgumentList.Add("--set");
            start.ArgumentList.Add(setting);
        }

        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, e) => Read(e.Data);
        _process.ErrorDataReceived += (_, e) => Read(e.Data);
        _process.Exited += (_, _) => _ready.TrySetResult(false);
    }

    public Uri Http => new(Announced("http"));

    public string Bootstrap => Announced("kafka");

    private static string Executable => Environment.GetEnvironmentVariable("CLOUDSTREAM_EXECUTABLE") ?? FindBuilt();

    private string Printed
    {
        get
        {
            lock (_printed)
                return string.Join('\n', _printed);
        }
    }

    /// <summary>Ready for clients.</summary>
    /// <param name="users">Lines of the file of users; none: everybody may come.</param>
    public static async Task<ServeProcess> StartAsync(params string[] users)
    {
        var serve = new ServeProcess(users);
        serve._process.Start();
        serve._process.BeginOutputReadLine();
        serve._process.BeginErrorReadLine();
        if (await serve._ready.Task.WaitAsync(ReadyLimit))
            return serve;
        await serve._process.WaitForExitAsync();
        string printed = serve.Printed;
        await serve.DisposeAsync();
        throw new InvalidOperationException($"serve ended: {printed}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private string[] UsersOption(string[] users)
    {
        if (users.Length == 0)
            return [];
        string file = Path.Combine(_folder.FullName, "users");
        File.WriteAllLines(file, users);
        return ["--kafka-users", file];
    }

    // From tests/CloudStream.Clients.Tests/bin/CONFIGURATION/net10.0/ to the same configuration of the product, beside its native
    // libraries.
    private static string FindBuilt()
    {
        string[] path = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        return string.Join('/', [.. path[..^5], "src", "CloudStream.Cli", .. path[^3..], "cloudstream"]);
    }

    // Each face has a line: its name, spaces, its address.
    private string Announced(string what)
    {
        lock (_printed)
            return _printed.First(l => l.StartsWith(what + " ", StringComparison.Ordinal))[what.Length..].Trim();
    }

    private void Read(string? line)
    {
        if (line is null)
            return;
        lock (_printed)
            _printed.Add(line);
        if (line == "ready")
            _ready.TrySetResult(true);
    }
}
