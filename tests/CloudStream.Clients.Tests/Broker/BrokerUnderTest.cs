using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Broker;

/// <summary>
/// The one broker that all clients talk to: a CloudStream process of our own, or whatever <c>CLOUDSTREAM_TEST_BOOTSTRAP</c> names; beside
/// it one whose port has users, or <c>CLOUDSTREAM_TEST_USERS_BOOTSTRAP</c>.
/// </summary>
public sealed class BrokerUnderTest : IAsyncLifetime
{
    /// <summary>The scenario for which there is a port with users.</summary>
    private const string Authentication = "authentication";

    private const string Users = "CLOUDSTREAM_TEST_USERS_BOOTSTRAP";

    private readonly Lazy<Task<ServeProcess>> _serveUsers = new(static () => ServeProcess.StartAsync("alice:alice-secret"));
    private readonly string? _given = Environment.GetEnvironmentVariable("CLOUDSTREAM_TEST_BOOTSTRAP") is { Length: > 0 } given
        ? given
        : null;
    private readonly string _run = Path.GetRandomFileName()[..6];
    private readonly MatrixReport _report = new();
    private ServeProcess? _serve;
    private int _scenarios;

    /// <summary>Null with Apache Kafka.</summary>
    public Uri? Http => _serve?.Http;

    public string Bootstrap => _given ?? _serve?.Bootstrap ?? throw new InvalidOperationException("there is no broker");

    private string Description => _given is not null ? $"the broker at {_given}" : "CloudStream";

    public async ValueTask InitializeAsync()
    {
        if (_given is null)
            _serve = await ServeProcess.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _report.Publish(Description);
        if (_serve is not null)
            await _serve.DisposeAsync();
        if (_serveUsers.IsValueCreated)
            await (await _serveUsers.Value).DisposeAsync();
    }

    /// <summary>The test passes, is skipped or fails as the scenario does.</summary>
    public async Task PassesAsync(string client, string scenario)
    {
        ClientProgram program = ClientProgram.Named(client);
        ClientReadiness readiness = await program.ReadyAsync();
        if (readiness.Version is not { } version)
        {
            _report.Add(MatrixCell.NotReady(client, scenario, readiness));
            Assert.SkipWhen(readiness.NotPossible is not null, readiness.NotPossible!);
            Assert.Fail(readiness.Failure!);
            return;
        }

        string? bootstrap = scenario == Authentication ? await UsersBootstrapAsync() : Bootstrap;
        Assert.SkipWhen(bootstrap is null, $"{Users} names no port with users");
        ClientRun run = await program.RunScenarioAsync(
            scenario, bootstrap!, $"{client}-{scenario}-{_run}-{Interlocked.Increment(ref _scenarios)}");
        _report.Add(MatrixCell.Of(client, version, scenario, run));
        Assert.SkipWhen(run.IsNotPossible, run.LastLine);
        Assert.True(run.Passed, $"{client} {scenario}: exit code {run.ExitCode}:\n{run.Tail}");
    }

    private async Task<string?> UsersBootstrapAsync() =>
        _given is null ? (await _serveUsers.Value).Bootstrap : Environment.GetEnvironmentVariable(Users);
}
