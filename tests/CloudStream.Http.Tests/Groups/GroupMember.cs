using System.Text.Json;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests.Groups;

/// <summary>A client that is a member of a group over HTTP.</summary>
public sealed class GroupMember(HttpHost host, string group, string id)
{
    public string Id => id;

    /// <summary>Its last answer that said where it stands.</summary>
    public JsonElement Standing { get; private set; }

    public int Generation => Standing.GetProperty("generation").GetInt32();

    public bool IsRebalancing => Standing.GetProperty("rebalancing").GetBoolean();

    public List<int> Partitions =>
        [.. Standing.GetProperty("assignment").EnumerateArray().SelectMany(t => t.GetProperty("partitions").EnumerateArray()).Select(
            p => p.GetInt32())];

    private string Path => $"/v1/groups/{group}/members/{id}";

    public static async Task<GroupMember> JoinAsync(HttpHost host, string group, string topic, string members = "")
    {
        var joined = (await TryJoinAsync(host, group, topic, members)).AssertOk().Json;
        return new GroupMember(host, group, joined.GetProperty("memberId").GetString()!) { Standing = joined };
    }

    public static Task<Answer> TryJoinAsync(HttpHost host, string group, string topic, string members = "") =>
        host.PostJsonAsync($"/v1/groups/{group}/members", $$"""{"topics":["{{topic}}"],"autoOffsetReset":"earliest"{{members}}}""");

    /// <summary>One more member joins while those that are there poll, until all are in one generation.</summary>
    public static async Task<GroupMember> JoinAsync(HttpHost host, string group, string topic, params GroupMember[] others)
    {
        var joining = JoinAsync(host, group, topic);
        while (!joining.IsCompleted)
        {
            foreach (var other in others)
                await other.PollAsync("""{"maxRecords":1,"commit":false}""");
        }

        var member = await joining;
        await SettleAsync([.. others, member]);
        return member;
    }

    /// <summary>Polls until all members are in one generation. What is read is not committed.</summary>
    public static async Task SettleAsync(params GroupMember[] members)
    {
        do
        {
            await Task.WhenAll(members.Select(m => m.PollAsync("""{"maxRecords":1,"commit":false}""")));
        }
        while (members.Any(m => m.IsRebalancing) || members.Select(m => m.Generation).Distinct().Count() > 1);
    }

    public Task<Answer> TryPollAsync(string json = "{}") => host.PostJsonAsync($"{Path}/poll", json);

    /// <summary>The values of the next records.</summary>
    public async Task<List<string>> PollAsync(string json = "{}")
    {
        Standing = (await TryPollAsync(json)).AssertOk().Json;
        return [.. Standing.GetProperty("records").EnumerateArray().Select(r => r.GetProperty("value").GetString()!)];
    }

    public Task<Answer> HeartbeatAsync(string json = "{}") => host.PostJsonAsync($"{Path}/heartbeat", json);

    public Task<Answer> CommitAsync(string json = "{}") => host.PostJsonAsync($"{Path}/commit", json);

    public Task<Answer> LeaveAsync() => host.SendAsync(HttpMethod.Delete, Path, null);
}
