using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace CloudStream.Architecture.Tests.Tracing;

/// <summary>
/// <c>cloudstream serve</c> on a folder of its own, as a process whose methods tell when they are entered. One test at a time uses it.
/// </summary>
public sealed class TracedBroker : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("traced-").FullName;
    private readonly TracedAssemblies _assemblies;
    private readonly Process _process;
    private Socket? _trace;

    public TracedBroker()
    {
        string program = Path.Combine(_folder, "program");
        _assemblies = new TracedAssemblies(program);
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? path
            : "dotnet") { RedirectStandardOutput = true };
        start.Environment[Entered.Variable] = SocketPath;
        foreach (string argument in (string[])
        [
            "exec", "--runtimeconfig", Path.Combine(program, "cloudstream.runtimeconfig.json"), "--depsfile",
            Path.Combine(program, "CloudStream.Architecture.Tests.deps.json"),
            Path.Combine(program, "cloudstream.dll"), "serve", "--data", Path.Combine(_folder, "data"), "--http", "127.0.0.1:0", "--kafka",
            "127.0.0.1:0",
        ])
            start.ArgumentList.Add(argument);
        _process = new Process { StartInfo = start };
    }

    /// <summary>Where the broker speaks HTTP.</summary>
    public Uri Http { get; private set; } = null!;

    /// <summary>Where it speaks Kafka's protocol.</summary>
    public IPEndPoint Kafka { get; private set; } = null!;

    private string SocketPath => Path.Combine(_folder, "trace");

    public async ValueTask InitializeAsync()
    {
        using var limit = new CancellationTokenSource(s_limit);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listener.Listen();
        _process.Start();
        while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } line and not "ready")
        {
            if (line.StartsWith("http  ", StringComparison.Ordinal))
                Http = new Uri(line["http  ".Length..]);
            if (line.StartsWith("kafka  ", StringComparison.Ordinal))
                Kafka = IPEndPoint.Parse(line["kafka  ".Length..]);
        }

        _trace = await listener.AcceptAsync(limit.Token);
    }

    /// <summary>
    /// What every one of some requests entered; what a loop of the background entered meanwhile is in some of them alone.
    /// </summary>
    internal async Task<List<TracedMethod>> TraceAsync(int times, Func<Task> request)
    {
        HashSet<int>? always = null;
        for (int i = 0; i < times; i++)
        {
            Send(Entered.Begin);
            await request();
            int[] entered = Send(Entered.End);
            always ??= [.. entered];
            always.IntersectWith(entered);
        }

        return [.. always!.Select(m => _assemblies[m]).Where(m => m.File.Length > 0)];
    }

    public async ValueTask DisposeAsync()
    {
        _trace?.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private int[] Send(byte order)
    {
        using var stream = new NetworkStream(_trace!, ownsSocket: false);
        using var answer = new BinaryReader(stream);
        stream.WriteByte(order);
        int[] methods = new int[answer.ReadInt32()];
        for (int i = 0; i < methods.Length; i++)
            methods[i] = answer.ReadInt32();
        return methods;
    }
}
