using System.Text;
using System.Text.RegularExpressions;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests.Fuzz;

/// <summary>
/// Every number in a request that the server takes, in its target, headers and body, at its bounds: an answer each time, none that blames
/// the server, and nothing logged as a fault.
/// </summary>
[Collection("alone")]
public sealed partial class NumberBoundsTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private const string Groups = "/v1/groups/bounds";

    private static readonly string[] s_bounds =
    [
        "0", "1", "-1", "32767", "32768", "-32768", "2147483647", "2147483648", "-2147483648", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "1e400", "0.5",
    ];

    private static readonly RawRequest[] s_ofGroups =
    [
        Json($"{Groups}/offsets",
            $$"""{"offsets":[{"topic":"{{GoldenRequests.Data}}","partition":0,"offset":3,"leaderEpoch":0,"metadata":"m"}]}"""),
        Json($"{Groups}/offsets/reset", $$"""{"offset":2,"topics":["{{GoldenRequests.Data}}"]}"""),
        Json($"{Groups}/offsets/reset", $$"""{"shiftBy":1,"topics":["{{GoldenRequests.Data}}"]}"""),
        Json($"{Groups}/offsets/reset", $$"""{"timestamp":1760000000000,"topics":["{{GoldenRequests.Data}}"]}"""),
        Json("/v1/groups/bounds-members/members",
            $$"""{"topics":["{{GoldenRequests.Data}}"],"sessionTimeoutMs":50,"rebalanceTimeoutMs":50,"wait":1,"ownedPartitions":"""
                + $$"""[],"ownedGeneration":1}"""),
        Json("/v1/groups/bounds-members/members/nobody/poll", """{"maxRecords":1,"maxBytes":1,"wait":1,"after":1}"""),
        Json("/v1/groups/bounds-members/members/nobody/heartbeat", """{"generation":1,"wait":1}"""),
        Json("/v1/groups/bounds-members/members/nobody/commit", """{"generation":1}"""),
        new("DELETE", $"{Groups}/offsets?topic={GoldenRequests.Data}&partition=0", [], []),
    ];

    [Fact]
    public async Task Numbers_at_their_bounds_do_no_harm()
    {
        foreach (var topic in (string[])[GoldenRequests.Data, GoldenRequests.Scratch])
            await fixture.Host.PostJsonAsync("/v1/topics", $$"""{"name":"{{topic}}","partitions":2}""");
        using var connection = new RawConnection(fixture.Host.Address);
        var cases = 0;
        foreach (var request in GoldenRequests.All.Concat(s_ofGroups).SelectMany(Variants))
        {
            var reply = await connection.SendAsync(request);
            Assert.True(reply.Objection() is null && fixture.Faults.Lines.Count == 0,
                $"{reply.Objection()}: {request}\n{reply}\n{string.Join('\n', fixture.Faults.Lines)}");
            cases++;
        }

        Assert.True(cases > 500, $"{cases} cases");
        var commit = await fixture.Host.PostJsonAsync($"{Groups}/offsets",
            $$"""{"offsets":[{"topic":"{{GoldenRequests.Data}}","partition":0,"offset":3,"leaderEpoch":2147483647}]}""");
        Assert.Equal(204, (int)commit.Status);
        var committed = (await fixture.Host.GetAsync($"{Groups}/offsets")).AssertOk().Json.GetProperty("offsets")[0];
        Assert.Equal((3, int.MaxValue), (committed.GetProperty("offset").GetInt64(), committed.GetProperty("leaderEpoch").GetInt32()));
    }

    private static IEnumerable<RawRequest> Variants(RawRequest request)
    {
        // Not the digits of batches, nor the version in the path.
        var body = request.Headers.Any(static h => h.Value.Contains("json", StringComparison.Ordinal))
            ? Encoding.UTF8.GetString(request.Body)
            : "";
        var query = request.Target.IndexOf('/', 4) is >= 0 and var at ? at : request.Target.Length;
        foreach (var bound in s_bounds)
        {
            foreach (Match number in Number().Matches(request.Target[query..]))
                yield return request with { Target = request.Target[..query] + Replace(request.Target[query..], number, bound) };
            foreach (Match number in Number().Matches(body))
                yield return request with { Body = Encoding.UTF8.GetBytes(Replace(body, number, bound)) };
            for (var i = 0; i < request.Headers.Count; i++)
            {
                var (name, value) = request.Headers[i];
                if (name is "Content-Type" or "Accept")
                    continue;
                foreach (Match number in Number().Matches(value))
                    yield return request with
                    {
                        Headers = [.. request.Headers.Take(i), (name, Replace(value, number, bound)), .. request.Headers.Skip(i + 1)]
                    };
            }
        }
    }

    private static string Replace(string text, Match number, string bound) =>
        string.Concat(text.AsSpan(0, number.Index), bound, text.AsSpan(number.Index + number.Length));

    private static RawRequest Json(string target, string body) =>
        new("POST", target, [("Content-Type", "application/json")], Encoding.UTF8.GetBytes(body));

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Number();
}
