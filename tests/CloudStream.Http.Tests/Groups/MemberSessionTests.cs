using System.Net;
using System.Net.Sockets;
using CloudStream.Cluster.Groups;
using CloudStream.Http.Tests.Hosting;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Tests.Groups;

/// <summary>What runs for a member beside its requests has an owner: it is ended and waited for, and what goes wrong is said.</summary>
public sealed class MemberSessionTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>, IDisposable
{
    private readonly FaultLog _log = new(LogLevel.Warning);

    [Fact]
    public async Task A_join_that_nobody_waits_for_any_more_is_ended_when_the_application_stops()
    {
        var (isEnded, joining) = (false, NewSignal());
        await using var host = await StartAsync(
            arguments => arguments is [JoinGroupRequest { MemberId.Length: > 0 }, CancellationToken token]
                ? new ValueTask<JoinGroupResult>(HangAsync(token))
                : null);
        var answer = await host.PostJsonAsync("/v1/groups/g/members", """{"topics":["t"],"wait":"1ms"}""");
        Assert.True(answer.AssertOk().Json.GetProperty("rebalancing").GetBoolean());
        await joining.Task;

        await host.StopAsync();

        Assert.True(isEnded);
        Assert.Empty(_log.Lines);

        async Task<JoinGroupResult> HangAsync(CancellationToken token)
        {
            joining.SetResult();
            await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Yield();
            isEnded = true;
            throw new OperationCanceledException(token);
        }
    }

    [Fact]
    public async Task Members_that_could_not_be_taken_out_of_their_group_are_told_in_the_log()
    {
        var (joining, leaving) = (NewSignal(), NewSignal());
        await using var host = await StartAsync(arguments =>
        {
            if (arguments is [JoinGroupRequest { MemberId.Length: > 0 }, CancellationToken token])
                return new ValueTask<JoinGroupResult>(HangAsync(joining, token));
            if (arguments is not [LeaveGroupRequest, ..])
                return null;
            leaving.SetResult();
            throw new InvalidOperationException("a defect");
        });
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
        await client.ConnectAsync(IPAddress.Loopback, host.Address.Port);
        await client.SendAsync("POST /v1/groups/g/members HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"u8.ToArray());
        await client.SendAsync("Content-Length: 29\r\n\r\n{\"topics\":[\"t\"],\"wait\":\"30s\"}"u8.ToArray());
        await joining.Task;

        client.Close(); // A reset, which tells that it is gone.

        // Long before its wait of 30 s is over: it is not taken for a client that has only sent all.
        await leaving.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await host.StopAsync();
        Assert.Contains("could not be taken out of group g", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_defect_in_a_join_is_told_to_who_waits_and_in_the_log()
    {
        await using var host = await StartAsync(
            static arguments => arguments is [JoinGroupRequest, ..] ? throw new InvalidOperationException("a defect") : null);

        var answer = await host.PostJsonAsync("/v1/groups/g/members", """{"topics":["t"]}""");

        answer.AssertProblem(500, "internal");
        Assert.Contains(_log.Lines, static l => l.StartsWith("Member  could not join group g", StringComparison.Ordinal));
    }

    public void Dispose() => _log.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task<JoinGroupResult> HangAsync(TaskCompletionSource began, CancellationToken token)
    {
        began.SetResult();
        await Task.Delay(Timeout.Infinite, token);
        throw new InvalidOperationException("it ends with its token");
    }

    private Task<HttpHost> StartAsync(Func<object?[], object?> script) => HttpHost.StartAsync(
        new ScriptedBroker(fixture.Broker) { GroupsInstead = ScriptedGroups.Wrap(fixture.Broker.Groups, script) }, loggers: _log);
}
