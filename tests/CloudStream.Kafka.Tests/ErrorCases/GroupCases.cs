using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>FindCoordinator, DescribeGroups, ListGroups, DeleteGroups.</summary>
internal static class GroupCases
{
    public static ErrorCase[] All { get; } = [.. Coordinators(), .. Descriptions(), .. Lists(), .. Deletions()];

    private static IEnumerable<ErrorCase> Coordinators() =>
    [
        new("FindCoordinator: a group", "0", static b => FindAsync(b, "g", 0)),
        new("FindCoordinator: an empty group id", "0", static b => FindAsync(b, "", 0)),
        new ErrorCase("FindCoordinator: a transaction", "0", static b => FindTransactionAsync(b)).Differs(
            "42", "there are no transactions yet"),
        new("FindCoordinator: an unknown type of key", "42", static b => FindAsync(b, "g", 7)),
        new("FindCoordinator: a share group whose key is none", "42", static b => FindAsync(b, "g", 2)),
        new("FindCoordinator: an unknown type of key, several keys", "42 42", static b => FindAllAsync(b, 7, "g", "h")),
        new("FindCoordinator: several keys, one of them empty", "0 0", static b => FindAllAsync(b, 0, "g", "")),
        new("FindCoordinator: no keys", "", static b => FindAllAsync(b, 0)),
    ];

    private static IEnumerable<ErrorCase> Descriptions() =>
    [
        new("DescribeGroups: unknown", "0 Dead", static b => DescribeAsync(b, CaseBroker.NewName("group"), 5)),
        new("DescribeGroups: unknown, from version 6 on", "69 Dead", static b => DescribeAsync(b, CaseBroker.NewName("group"), 6)),
        new("DescribeGroups: an empty id", "0 Dead", static b => DescribeAsync(b, "", 5)),
        new("DescribeGroups: an empty id, from version 6 on", "69 Dead", static b => DescribeAsync(b, "", 6)),
        new("DescribeGroups: one with a member", "0 Stable", static async b => await DescribeAsync(b, (await b.MemberAsync()).Group, 6)),
        new("DescribeGroups: one with offsets alone", "0 Empty",
            static async b => await DescribeAsync(b, await CommitCases.GroupAsync(b), 6)),
    ];

    private static IEnumerable<ErrorCase> Lists() =>
    [
        new("ListGroups: an unknown state", "0 none", static b => ListAsync(b, "x", ["Sleeping"], [])),
        new("ListGroups: an unknown type", "0 none", static b => ListAsync(b, "x", [], ["strange"])),
        new("ListGroups: the state of the group", "0 Stable",
            static async b => await ListAsync(b, (await b.MemberAsync()).Group, ["Stable"], [])),
        new("ListGroups: the state of the group in lower case", "0 Stable",
            static async b => await ListAsync(b, (await b.MemberAsync()).Group, ["stable"], [])),
        new("ListGroups: another state", "0 none", static async b => await ListAsync(b, (await b.MemberAsync()).Group, ["Empty"], [])),
        new("ListGroups: the type of the group in upper case", "0 Stable",
            static async b => await ListAsync(b, (await b.MemberAsync()).Group, [], ["CLASSIC"])),
        new("ListGroups: another type", "0 none", static async b => await ListAsync(b, (await b.MemberAsync()).Group, [], ["consumer"])),
    ];

    private static IEnumerable<ErrorCase> Deletions() =>
    [
        new("DeleteGroups: unknown", "69", static b => DeleteAsync(b, CaseBroker.NewName("group"))),
        new("DeleteGroups: an empty id", "69", static b => DeleteAsync(b, "")),
        new("DeleteGroups: one with a member", "68", static async b => await DeleteAsync(b, (await b.MemberAsync()).Group)),
        new("DeleteGroups: one without members, twice", "0 69", static async b =>
        {
            var group = await CommitCases.GroupAsync(b);
            return $"{await DeleteAsync(b, group)} {await DeleteAsync(b, group)}";
        }),
        new("DeleteGroups: the same twice in a request", "0", static async b =>
        {
            var group = await CommitCases.GroupAsync(b);
            return await DeleteAsync(b, group, group);
        }),
    ];

    private static async Task<string> FindAsync(CaseBroker broker, string key, sbyte type) =>
        $"{(await broker.AskAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = key, KeyType = type }, 3)).ErrorCode}";

    /// <summary>The coordinator of a transaction. Apache Kafka makes the topic of transactions when somebody first asks.</summary>
    public static async Task<string> FindTransactionAsync(CaseBroker broker)
    {
        var code = await FindAsync(broker, "t", 1);
        for (var left = 10_000; left > 0 && code == "15"; left--)
            code = await FindAsync(broker, "t", 1);
        return code;
    }

    private static async Task<string> FindAllAsync(CaseBroker broker, sbyte type, params string[] keys) =>
        string.Join(
            ' ',
            (await broker.AskAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { KeyType = type, CoordinatorKeys = [.. keys] },
                6)).Coordinators.Select(static c => c.ErrorCode));

    private static async Task<string> DescribeAsync(CaseBroker broker, string group, short version)
    {
        var answer = (await broker.AskAsync<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = [group] }, version)).Groups[0];
        return $"{answer.ErrorCode} {answer.GroupState}";
    }

    private static async Task<string> ListAsync(CaseBroker broker, string group, List<string> states, List<string> types)
    {
        var answer = await broker.AskAsync<ListGroupsResponse>(new ListGroupsRequest { StatesFilter = states, TypesFilter = types }, 5);
        return $"{answer.ErrorCode} {answer.Groups.Find(g => g.GroupId == group)?.GroupState ?? "none"}";
    }

    private static async Task<string> DeleteAsync(CaseBroker broker, params string[] groups) =>
        string.Join(
            ' ', (await broker.AskAsync<DeleteGroupsResponse>(new DeleteGroupsRequest { GroupsNames = [.. groups] }, 2)).Results.Select(
                static r => r.ErrorCode));
}
