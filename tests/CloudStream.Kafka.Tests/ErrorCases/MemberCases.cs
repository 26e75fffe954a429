using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>JoinGroup, SyncGroup, Heartbeat, LeaveGroup.</summary>
internal static class MemberCases
{
    public static ErrorCase[] All { get; } = [.. Joins(), .. StaticJoins(), .. Syncs(), .. Heartbeats(), .. Leaves(), .. Rebalances()];

    private static IEnumerable<ErrorCase> Joins() =>
    [
        Join("an empty group id", "24", static r => r.GroupId = ""),
        Join("an unknown member of an unknown group", "25", static r => r.MemberId = "nobody"),
        Join("no id before version 4", "0", static _ => { }, version: 3),
        Join("no id", "79", static _ => { }, version: 4),
        Join("a session timeout below the smallest", "26", static r => r.SessionTimeoutMs = 5_999),
        Join("a session timeout above the largest", "26", static r => r.SessionTimeoutMs = 1_800_001),
        Join("a session timeout of 0", "26", static r => r.SessionTimeoutMs = 0),
        Join("no protocols", "23", static r => r.Protocols.Clear(), version: 3),
        Join("no protocols and no id", "23", static r => r.Protocols.Clear()),
        Join("an empty protocol type", "23", static r => r.ProtocolType = "", version: 3),
        Join("two things wrong: group id and session timeout", "24", static r => (r.GroupId, r.SessionTimeoutMs) = ("", 0)),
        Join("two things wrong: session timeout and member", "26", static r => (r.MemberId, r.SessionTimeoutMs) = ("nobody", 0)),
        Join("a rebalance timeout of -1", "0", static r => r.RebalanceTimeoutMs = -1, version: 3),
        new("JoinGroup: an unknown member of a group that is there", "25",
            static async b => await JoinAsync(b, CaseBroker.Join((await b.MemberAsync()).Group, "nobody"), 4)),
        new("JoinGroup: another protocol type", "23", static async b =>
        {
            var request = CaseBroker.Join((await b.MemberAsync()).Group);
            request.ProtocolType = "connect";
            return await JoinAsync(b, request, 3);
        }),
        new("JoinGroup: no protocol in common", "23", static async b =>
        {
            var request = CaseBroker.Join((await b.MemberAsync()).Group);
            request.Protocols[0].Name = "roundrobin";
            return await JoinAsync(b, request, 3);
        }),
        new("JoinGroup: no protocol in common, without an id", "23", static async b =>
        {
            var request = CaseBroker.Join((await b.MemberAsync()).Group);
            request.Protocols[0].Name = "roundrobin";
            return await JoinAsync(b, request, 4);
        }),
        new("JoinGroup: with the id that was given", "79 0", static async b =>
        {
            var group = CaseBroker.NewName("group");
            var first = await b.AskAsync<JoinGroupResponse>(CaseBroker.Join(group), 4);
            return $"{first.ErrorCode} {await JoinAsync(b, CaseBroker.Join(group, first.MemberId), 4)}";
        }),
    ];

    private static IEnumerable<ErrorCase> StaticJoins() =>
    [
        new("JoinGroup: an unknown member with an instance id", "25",
            static async b => await JoinAsync(b, CaseBroker.Join(CaseBroker.NewName("group"), "nobody", "i"), 5)),
        new("JoinGroup: another member under an instance id that is taken", "82",
            static async b => await JoinAsync(b, CaseBroker.Join((await b.MemberAsync("i")).Group, "nobody", "i"), 5)),
        new("JoinGroup: an instance that comes back without its id", "0",
            static async b => await JoinAsync(b, CaseBroker.Join((await b.MemberAsync("i")).Group, "", "i"), 5)),
        new("JoinGroup: a member whose instance has come back", "82", static async b =>
        {
            var (group, member, _) = await ReplacedAsync(b);
            return await JoinAsync(b, CaseBroker.Join(group, member, "i"), 5);
        }),
        new("Heartbeat: a member whose instance has come back", "82", static async b =>
        {
            var (group, member, generation) = await ReplacedAsync(b);
            return $"{(await b.AskAsync<HeartbeatResponse>(
                new HeartbeatRequest { GroupId = group, MemberId = member, GenerationId = generation, GroupInstanceId = "i" },
                3)).ErrorCode}";
        }),
        new("Heartbeat: a member whose instance has come back, without saying which instance", "25", static async b =>
        {
            var (group, member, generation) = await ReplacedAsync(b);
            return await HeartbeatAsync(b, group, member, generation);
        }),
        new("SyncGroup: a member whose instance has come back", "82", static async b =>
        {
            var (group, member, generation) = await ReplacedAsync(b);
            return await SyncAsync(b, CaseBroker.Sync(group, member, generation, "i"));
        }),
        new("OffsetCommit: a member whose instance has come back", "82", static async b =>
        {
            var (group, member, generation) = await ReplacedAsync(b);
            return CommitCases.Codes(
                await b.AskAsync<OffsetCommitResponse>(CaseBroker.Commit(group, await b.TopicAsync(), generation, member, "i"), 7));
        }),
        new("LeaveGroup: a member whose instance has come back", "0: 82", static async b =>
        {
            var (group, member, _) = await ReplacedAsync(b);
            return await LeaveAsync(b, group, (member, "i"));
        }),
    ];

    private static IEnumerable<ErrorCase> Syncs() =>
    [
        new("SyncGroup: unknown group", "25", static b => SyncAsync(b, CaseBroker.Sync(CaseBroker.NewName("group"), "nobody", 1))),
        new("SyncGroup: an empty group id", "24", static b => SyncAsync(b, CaseBroker.Sync("", "nobody", 1))),
        new("SyncGroup: unknown member", "25",
            static async b => await SyncAsync(b, CaseBroker.Sync((await b.MemberAsync()).Group, "nobody", 1))),
        new("SyncGroup: a generation to come", "22", static async b =>
        {
            var (group, member, generation) = await b.MemberAsync();
            return await SyncAsync(b, CaseBroker.Sync(group, member, generation + 1));
        }),
        new("SyncGroup: again", "0", static async b =>
        {
            var (group, member, generation) = await b.MemberAsync();
            return await SyncAsync(b, CaseBroker.Sync(group, member, generation));
        }),
        Sync("another protocol type", "23", static r => r.ProtocolType = "connect"),
        Sync("another protocol", "23", static r => r.ProtocolName = "roundrobin"),
        Sync("no protocol type", "23", static r => r.ProtocolType = null),
        Sync("no protocol", "23", static r => r.ProtocolName = null),
        Sync("an unknown instance", "25", static r => r.GroupInstanceId = "stranger"),
    ];

    private static IEnumerable<ErrorCase> Heartbeats() =>
    [
        new("Heartbeat: unknown group", "25", static b => HeartbeatAsync(b, CaseBroker.NewName("group"), "nobody", 1)),
        new("Heartbeat: an empty group id", "24", static b => HeartbeatAsync(b, "", "nobody", 1)),
        new("Heartbeat: unknown member", "25", static async b => await HeartbeatAsync(b, (await b.MemberAsync()).Group, "nobody", 1)),
        new("Heartbeat: another generation", "22", static async b =>
        {
            var (group, member, generation) = await b.MemberAsync();
            return await HeartbeatAsync(b, group, member, generation + 1);
        }),
        new("Heartbeat: a member that is there", "0", static async b =>
        {
            var (group, member, generation) = await b.MemberAsync();
            return await HeartbeatAsync(b, group, member, generation);
        }),
        new("Heartbeat: an unknown instance", "25", static async b =>
        {
            var (group, member, generation) = await b.MemberAsync();
            return $"{(await b.AskAsync<HeartbeatResponse>(
                new HeartbeatRequest { GroupId = group, MemberId = member, GenerationId = generation, GroupInstanceId = "stranger" },
                3)).ErrorCode}";
        }),
        new("Heartbeat: before the first generation is synced", "0", static async b =>
        {
            var group = CaseBroker.NewName("group");
            var joined = await b.AskAsync<JoinGroupResponse>(CaseBroker.Join(group), 3);
            return await HeartbeatAsync(b, group, joined.MemberId, joined.GenerationId);
        }),
        new("Heartbeat: an id that was given but has not joined", "25", static async b =>
        {
            var group = CaseBroker.NewName("group");
            var first = await b.AskAsync<JoinGroupResponse>(CaseBroker.Join(group), 4);
            return await HeartbeatAsync(b, group, first.MemberId, -1);
        }),
    ];

    private static IEnumerable<ErrorCase> Leaves() =>
    [
        new("LeaveGroup: unknown group", "0: 25", static b => LeaveAsync(b, CaseBroker.NewName("group"), ("nobody", null))),
        new("LeaveGroup: unknown group before version 3", "25",
            static async b =>
                $"{(await b.AskAsync<LeaveGroupResponse>(
                    new LeaveGroupRequest { GroupId = CaseBroker.NewName("group"), MemberId = "nobody" }, 2)).ErrorCode}"),
        new("LeaveGroup: an empty group id", "24: ", static b => LeaveAsync(b, "", ("nobody", null))),
        new("LeaveGroup: unknown member", "0: 25", static async b => await LeaveAsync(b, (await b.MemberAsync()).Group, ("nobody", null))),
        new("LeaveGroup: unknown member before version 3", "25",
            static async b =>
                $"{(await b.AskAsync<LeaveGroupResponse>(
                    new LeaveGroupRequest { GroupId = (await b.MemberAsync()).Group, MemberId = "nobody" }, 2)).ErrorCode}"),
        new("LeaveGroup: unknown instance", "0: 25",
            static async b => await LeaveAsync(b, (await b.MemberAsync()).Group, ("", "stranger"))),
        new("LeaveGroup: an instance without its member id", "0: 0",
            static async b => await LeaveAsync(b, (await b.MemberAsync("i")).Group, ("", "i"))),
        new("LeaveGroup: an instance with another member id", "0: 82",
            static async b => await LeaveAsync(b, (await b.MemberAsync("i")).Group, ("nobody", "i"))),
        new("LeaveGroup: one that is there and one that is not", "0: 0 25", static async b =>
        {
            var (group, member, _) = await b.MemberAsync();
            return await LeaveAsync(b, group, (member, null), ("nobody", null));
        }),
        new("LeaveGroup: twice", "0: 0 0: 25", static async b =>
        {
            var (group, member, _) = await b.MemberAsync();
            return $"{await LeaveAsync(b, group, (member, null))} {await LeaveAsync(b, group, (member, null))}";
        }),
        new("LeaveGroup: nobody", "0: ", static async b => await LeaveAsync(b, (await b.MemberAsync()).Group)),
    ];

    // A second member is waiting to join, so that the first is asked to join again.
    private static IEnumerable<ErrorCase> Rebalances() =>
    [
        Rebalance("Heartbeat", "27", static (b, m) => HeartbeatAsync(b, m.Group, m.Member, m.Generation)),
        Rebalance("SyncGroup", "27", static (b, m) => SyncAsync(b, CaseBroker.Sync(m.Group, m.Member, m.Generation))),
        Rebalance("OffsetCommit", "0",
            static async (b, m) => CommitCases.Codes(
                await b.AskAsync<OffsetCommitResponse>(CaseBroker.Commit(m.Group, await b.TopicAsync(), m.Generation, m.Member), 7))),
        Rebalance("Heartbeat of another generation", "22", static (b, m) => HeartbeatAsync(b, m.Group, m.Member, m.Generation + 1)),
        new("OffsetCommit: between joining and syncing", "27", static async b =>
        {
            var group = CaseBroker.NewName("group");
            var joined = await b.AskAsync<JoinGroupResponse>(CaseBroker.Join(group), 3);
            return CommitCases.Codes(await b.AskAsync<OffsetCommitResponse>(
                CaseBroker.Commit(group, await b.TopicAsync(), joined.GenerationId, joined.MemberId), 7));
        }),
    ];

    private static ErrorCase Rebalance(
        string api, string kafka, Func<CaseBroker, (string Group, string Member, int Generation), Task<string>> ask) =>
        new($"{api}: while the group rebalances", kafka, async b =>
        {
            var member = await b.MemberAsync();
            using var second = await b.AgainAsync();
            await second.Client.SendAsync(CaseBroker.Join(member.Group), 3);
            for (var left = 10_000; left > 0 && await HeartbeatAsync(b, member.Group, member.Member, member.Generation) == "0"; left--)
                Assert.NotEqual(1, left);
            return await ask(b, member);
        });

    private static ErrorCase Join(string name, string kafka, Action<JoinGroupRequest> change, short version = 7) =>
        new($"JoinGroup: {name}", kafka, async b =>
        {
            var request = CaseBroker.Join(CaseBroker.NewName("group"));
            change(request);
            return await JoinAsync(b, request, version);
        });

    private static ErrorCase Sync(string name, string kafka, Action<SyncGroupRequest> change) => new($"SyncGroup: {name}", kafka, async b =>
    {
        var (group, member, generation) = await b.MemberAsync();
        var request = CaseBroker.Sync(group, member, generation);
        change(request);
        return await SyncAsync(b, request);
    });

    private static async Task<(string Group, string Member, int Generation)> ReplacedAsync(CaseBroker broker)
    {
        var member = await broker.MemberAsync("i");
        Assert.Equal("0", await JoinAsync(broker, CaseBroker.Join(member.Group, "", "i"), 5));
        return member;
    }

    private static async Task<string> JoinAsync(CaseBroker broker, JoinGroupRequest request, short version) =>
        $"{(await broker.AskAsync<JoinGroupResponse>(request, version)).ErrorCode}";

    private static async Task<string> SyncAsync(CaseBroker broker, SyncGroupRequest request) =>
        $"{(await broker.AskAsync<SyncGroupResponse>(request, 5)).ErrorCode}";

    private static async Task<string> HeartbeatAsync(CaseBroker broker, string group, string member, int generation) =>
        $"{(await broker.AskAsync<HeartbeatResponse>(
            new HeartbeatRequest { GroupId = group, MemberId = member, GenerationId = generation }, 4)).ErrorCode}";

    private static async Task<string> LeaveAsync(CaseBroker broker, string group, params (string Member, string? Instance)[] members)
    {
        var request = new LeaveGroupRequest
        {
            GroupId = group,
            Members = [
                .. members.Select(static m => new LeaveGroupRequest.MemberIdentity { MemberId = m.Member, GroupInstanceId = m.Instance })]
        };
        var answer = await broker.AskAsync<LeaveGroupResponse>(request, 4);
        return $"{answer.ErrorCode}: {string.Join(' ', answer.Members.Select(static m => m.ErrorCode))}";
    }
}
