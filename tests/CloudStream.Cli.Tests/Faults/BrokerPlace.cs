using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.Faults;

/// <summary>
/// A port of the cluster and the broker processes that come and go on it. Signals only processes that it has started, by their id.
/// </summary>
internal sealed class BrokerPlace(int index, string folder, Random random) : IAsyncDisposable
{
    private const int LeaseMs = 1000;
    private readonly int _port = ServeProcess.FreePort();
    private ServeProcess? _process;
    private int _starts;
    private volatile string? _incarnation;

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>Names the process that surely answers here; null while one goes or comes.</summary>
    public string? Incarnation => _incarnation;

    public int Kills { get; private set; }

    public int Freezes { get; private set; }

    /// <summary>Starts a process, each time with other options.</summary>
    public async Task StartAsync()
    {
        _process = await ServeProcess.StartAsync(folder, _port, [.. Settings()]);
        _incarnation = $"broker {index}, start {++_starts}";
    }

    /// <summary>
    /// Kills or freezes the process at moments that the seed draws until <paramref name="over"/>; a process is up and running in the end.
    /// </summary>
    public async Task HarassAsync(CancellationToken over)
    {
        while (await Eventually.PassedAsync(Between(300, 2500), over))
        {
            if (random.Next(2) == 0)
                await KillAsync(over);
            else
                await FreezeAsync(over);
        }
    }

    /// <summary>Ends the process as an operator would; gives its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        _incarnation = null;
        var code = await _process!.TerminateAsync();
        await _process.DisposeAsync();
        _process = null;
        return code;
    }

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task KillAsync(CancellationToken over)
    {
        _incarnation = null;
        _process!.Kill();
        await _process.WaitForExitAsync();
        await _process.DisposeAsync();
        Kills++;
        await Eventually.PassedAsync(Between(0, 1500), over);
        await StartAsync();
    }

    // Mostly past the lease: others take over, and a zombie wakes up.
    private async Task FreezeAsync(CancellationToken over)
    {
        _process!.Freeze();
        Freezes++;
        await Eventually.PassedAsync(Between(LeaseMs / 2, 4 * LeaseMs), over);
        _process.Thaw();
    }

    private TimeSpan Between(int from, int to) => TimeSpan.FromMilliseconds(random.Next(from, to));

    private IEnumerable<string> Settings()
    {
        string[] settings =
        [
            $"cloudstream.lease.ms={LeaseMs}", "cloudstream.upkeep.interval.ms=100",
            $"cloudstream.sweep.interval.ms={random.Next(500, 3000)}",
            $"cloudstream.trash.grace.ms={random.Next(500, 3000)}", $"cloudstream.flush.interval.ms={random.Next(0, 20)}",
            $"cloudstream.tail.bytes={random.Next(3) * 100_000}", $"cloudstream.cache.bytes={random.Next(1, 3) * 4_000_000}",
        ];
        return settings.SelectMany(s => (string[])["--set", s]);
    }
}
