using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>OffsetCommit, OffsetFetch, OffsetDelete.</summary>
internal static class CommitCases
{
    private static readonly Guid s_nobody = new("99999999-9999-9999-9999-999999999999");

    public static ErrorCase[] All { get; } = [.. Commits(), .. MemberCommits(), .. Fetches(), .. Deletions()];

    public static string Codes(OffsetCommitResponse response) =>
        string.Join(' ', response.Topics.SelectMany(static t => t.Partitions).Select(static p => p.ErrorCode).Order());

    /// <summary>A group without members that has committed an offset.</summary>
    public static async Task<string> GroupAsync(CaseBroker broker)
    {
        var group = CaseBroker.NewName("group");
        Assert.Equal("0", Codes(await broker.AskAsync<OffsetCommitResponse>(CaseBroker.Commit(group, await broker.TopicAsync()), 7)));
        return group;
    }

    private static IEnumerable<ErrorCase> Commits() =>
    [
        Commit("an unknown group, by hand", "0", static (g, t) => CaseBroker.Commit(g, t)),
        new("OffsetCommit: an empty group id, by hand; the group can be deleted", "0 0", static async b =>
        {
            var code = Codes(await b.AskAsync<OffsetCommitResponse>(CaseBroker.Commit("", await b.TopicAsync()), 7));
            return $"{code} {(await b.AskAsync<DeleteGroupsResponse>(
                new DeleteGroupsRequest { GroupsNames = [""] }, 2)).Results[0].ErrorCode}";
        }),
        Commit("an empty group id with a generation", "22", static (_, t) => CaseBroker.Commit("", t, 1, "nobody")),
        Commit("an unknown group with a generation", "22", static (g, t) => CaseBroker.Commit(g, t, 1, "nobody")),
        Commit("an unknown group with a member and no generation", "0", static (g, t) => CaseBroker.Commit(g, t, -1, "nobody")),
        Commit("unknown topic", "3", static (g, _) => CaseBroker.Commit(g, "nowhere")),
        Commit("unknown partition", "3", static (g, t) => CaseBroker.Commit(g, t, partition: 1)),
        Commit("negative partition", "3", static (g, t) => CaseBroker.Commit(g, t, partition: -1)),
        Commit("metadata of 4096 bytes", "0", static (g, t) => CaseBroker.Commit(g, t, metadata: new string('x', 4096))),
        Commit("metadata of 4097 bytes", "12", static (g, t) => CaseBroker.Commit(g, t, metadata: new string('x', 4097))),
        Commit("metadata of 4096 characters and more bytes", "0",
            static (g, t) => CaseBroker.Commit(g, t, metadata: new string('é', 4096))),
        Commit("unknown topic and metadata of 4097 bytes", "3",
            static (g, _) => CaseBroker.Commit(g, "nowhere", metadata: new string('x', 4097))),
        Commit("no metadata", "0", static (g, t) => CaseBroker.Commit(g, t, metadata: null)),
        Commit("a negative offset", "0", static (g, t) => Changed(CaseBroker.Commit(g, t), static p => p.CommittedOffset = -5)),
        Commit("one topic that is there and one that is not", "0 3", static (g, t) =>
        {
            var request = CaseBroker.Commit(g, t);
            request.Topics.Add(CaseBroker.Commit(g, "nowhere").Topics[0]);
            return request;
        }),
        Commit("a group id as long as the protocol can say", "0", static (_, t) => CaseBroker.Commit(new string('g', 32_767), t)),
        Commit("a leader epoch at its bound", "0",
            static (g, t) => Changed(CaseBroker.Commit(g, t), static p => p.CommittedLeaderEpoch = int.MaxValue)),
        Commit("nothing", "", static (g, _) => new OffsetCommitRequest { GroupId = g }),
        new("OffsetCommit: unknown topic id", "100", static async b =>
        {
            var request = CaseBroker.Commit(CaseBroker.NewName("group"), "");
            request.Topics[0].TopicId = s_nobody;
            return Codes(await b.AskAsync<OffsetCommitResponse>(request, 10));
        }),
        new("OffsetCommit: unknown topic of an empty group id", "3",
            static async b => Codes(await b.AskAsync<OffsetCommitResponse>(CaseBroker.Commit("", "nowhere"), 9))),
    ];

    private static IEnumerable<ErrorCase> MemberCommits() =>
    [
        OfMember("its generation", "0", static (m, t) => CaseBroker.Commit(m.Group, t, m.Generation, m.Member)),
        OfMember("a generation to come", "22", static (m, t) => CaseBroker.Commit(m.Group, t, m.Generation + 1, m.Member)),
        OfMember("no generation", "22", static (m, t) => CaseBroker.Commit(m.Group, t, -1, m.Member)),
        OfMember("another member", "25", static (m, t) => CaseBroker.Commit(m.Group, t, m.Generation, "nobody")),
        OfMember("by hand, while the group has members", "25", static (m, t) => CaseBroker.Commit(m.Group, t)),
        OfMember("an unknown instance", "25", static (m, t) => CaseBroker.Commit(m.Group, t, m.Generation, m.Member, "stranger")),
        OfMember("an unknown instance before anything else", "25", static (m, t) => CaseBroker.Commit(m.Group, t, -1, "", "stranger")),
        new("OffsetCommit: a member that has left", "25", static async b =>
        {
            var (group, member, generation) = await b.MemberAsync();
            await b.AskAsync<LeaveGroupResponse>(new LeaveGroupRequest { GroupId = group, MemberId = member }, 2);
            return Codes(await b.AskAsync<OffsetCommitResponse>(CaseBroker.Commit(group, await b.TopicAsync(), generation, member), 7));
        }),
        new("OffsetCommit: by hand, when the last member has left", "0", static async b =>
        {
            var (group, member, _) = await b.MemberAsync();
            await b.AskAsync<LeaveGroupResponse>(new LeaveGroupRequest { GroupId = group, MemberId = member }, 2);
            return Codes(await b.AskAsync<OffsetCommitResponse>(CaseBroker.Commit(group, await b.TopicAsync()), 7));
        }),
    ];

    private static IEnumerable<ErrorCase> Fetches() =>
    [
        new("OffsetFetch: unknown group", "0: 0@-1", static b => FetchAsync(b, CaseBroker.NewName("group"), "t")),
        new("OffsetFetch: unknown group, all topics", "0: ", static b => FetchAsync(b, CaseBroker.NewName("group"), null)),
        new("OffsetFetch: an empty group id", "0: 0@-1", static b => FetchAsync(b, "", "t")),
        new("OffsetFetch: a topic without an offset", "0: 0@-1", static async b => await FetchAsync(b, await GroupAsync(b), "nowhere")),
        new("OffsetFetch: all topics", "0: 0@1", static async b => await FetchAsync(b, await GroupAsync(b), null)),
        new("OffsetFetch: what is stable", "0: 0@1", static async b => await FetchAsync(b, await GroupAsync(b), null, stable: true)),
        new("OffsetFetch: unknown group before version 8", "0: 0@-1", static async b =>
        {
            var answer = await b.AskAsync<OffsetFetchResponse>(
                new OffsetFetchRequest
                {
                    GroupId = CaseBroker.NewName("group"),
                    Topics = [new() { Name = "t", PartitionIndexes = [0] }]
                }, 7);
            return $"{answer.ErrorCode}: {answer.Topics[0].Partitions[0].ErrorCode}@{answer.Topics[0].Partitions[0].CommittedOffset}";
        }),
        new("OffsetFetch: unknown topic id", "0: 100@-1", static async b =>
        {
            var answer = await b.AskAsync<OffsetFetchResponse>(
                new OffsetFetchRequest
                {
                    Groups = [new() { GroupId = await GroupAsync(b), Topics = [new() { TopicId = s_nobody, PartitionIndexes = [0] }] }]
                }, 10);
            return Codes(answer.Groups[0]);
        }),
        new("OffsetFetch: a member epoch of a classic group", "0: 0@1", static async b =>
        {
            var answer = await b.AskAsync<OffsetFetchResponse>(
                new OffsetFetchRequest
                {
                    Groups = [new() { GroupId = await GroupAsync(b), Topics = null, MemberId = "nobody", MemberEpoch = 7 }]
                }, 9);
            return Codes(answer.Groups[0]);
        }),
        new("OffsetFetch: no groups", "0",
            static async b => $"{(await b.AskAsync<OffsetFetchResponse>(new OffsetFetchRequest(), 9)).Groups.Count}"),
    ];

    private static IEnumerable<ErrorCase> Deletions() =>
    [
        new("OffsetDelete: unknown group", "69: ", static b => DeleteAsync(b, CaseBroker.NewName("group"), "t")),
        new("OffsetDelete: an empty group id", "24: ", static b => DeleteAsync(b, "", "t")),
        new("OffsetDelete: unknown topic", "0: 3", static async b => await DeleteAsync(b, await GroupAsync(b), "nowhere")),
        new("OffsetDelete: unknown partition", "0: 3",
            static async b => await DeleteAsync(b, await GroupAsync(b), await b.TopicAsync(), partition: 1)),
        new("OffsetDelete: a topic without an offset", "0: 0",
            static async b => await DeleteAsync(b, await GroupAsync(b), await b.TopicAsync())),
        new("OffsetDelete: a topic that a member is subscribed to", "0: 86", static async b =>
        {
            var topic = await b.TopicAsync();
            return await DeleteAsync(b, (await b.MemberAsync(topic: topic)).Group, topic);
        }),
        new("OffsetDelete: another topic than a member is subscribed to", "0: 0",
            static async b => await DeleteAsync(b, (await b.MemberAsync()).Group, await b.TopicAsync())),
        new("OffsetDelete: a group whose members are no consumers", "68: ", static async b =>
        {
            var join = CaseBroker.Join(CaseBroker.NewName("group"));
            join.ProtocolType = "connect";
            Assert.Equal(0, (await b.AskAsync<JoinGroupResponse>(join, 3)).ErrorCode);
            return await DeleteAsync(b, join.GroupId, await b.TopicAsync());
        }),
    ];

    private static ErrorCase Commit(string name, string kafka, Func<string, string, OffsetCommitRequest> request) =>
        new($"OffsetCommit: {name}", kafka,
            async b => Codes(await b.AskAsync<OffsetCommitResponse>(request(CaseBroker.NewName("group"), await b.TopicAsync()), 7)));

    private static ErrorCase OfMember(
        string name, string kafka, Func<(string Group, string Member, int Generation), string, OffsetCommitRequest> request) =>
        new($"OffsetCommit: a member: {name}", kafka, async b =>
        {
            var member = await b.MemberAsync();
            return Codes(await b.AskAsync<OffsetCommitResponse>(request(member, await b.TopicAsync()), 7));
        });

    private static OffsetCommitRequest Changed(OffsetCommitRequest request, Action<OffsetCommitRequest.OffsetCommitRequestPartition> change)
    {
        change(request.Topics[0].Partitions[0]);
        return request;
    }

    private static async Task<string> FetchAsync(CaseBroker broker, string group, string? topic, bool stable = false)
    {
        var request = new OffsetFetchRequest
        {
            Groups = [new() { GroupId = group, Topics = topic is null ? null : [new() { Name = topic, PartitionIndexes = [0] }] }],
            RequireStable = stable
        };
        return Codes((await broker.AskAsync<OffsetFetchResponse>(request, 8)).Groups[0]);
    }

    private static string Codes(OffsetFetchResponse.OffsetFetchResponseGroup group) =>
        $"{group.ErrorCode}: {string.Join(
            ' ', group.Topics.SelectMany(static t => t.Partitions).Select(static p => $"{p.ErrorCode}@{p.CommittedOffset}"))}";

    private static async Task<string> DeleteAsync(CaseBroker broker, string group, string topic, int partition = 0)
    {
        var request = new OffsetDeleteRequest
        {
            GroupId = group,
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition }] }]
        };
        var answer = await broker.AskAsync<OffsetDeleteResponse>(request, 0);
        return $"{answer.ErrorCode}: {string.Join(
            ' ', answer.Topics.SelectMany(static t => t.Partitions).Select(static p => p.ErrorCode))}";
    }
}
