using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using static CloudStream.Engine.Tests.Groups.GroupWorld;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>Each error in the case in which Kafka gives it.</summary>
public sealed class GroupErrorTests
{
    private delegate Task<GroupError> Call(GroupBroker broker, string member);

    // A group of one stable dynamic member in generation 1.
    private static readonly Dictionary<string, (GroupError Expected, Call Call)> s_cases = new()
    {
        ["join without a group's name"] = (GroupError.InvalidGroupId,
            async (b, m) => (await b.JoinAsync(Join() with { GroupId = "" })).Error),
        ["join with a session timeout below 6 s"] = (GroupError.InvalidSessionTimeout,
            async (b, m) => (await b.JoinAsync(Join(sessionSeconds: 5))).Error),
        ["join with a session timeout above 30 min"] = (GroupError.InvalidSessionTimeout,
            async (b, m) => (await b.JoinAsync(Join(sessionSeconds: 1801))).Error),
        ["join with another protocol type"] = (GroupError.InconsistentGroupProtocol,
            async (b, m) => (await b.JoinAsync(Join() with { ProtocolType = "connect" })).Error),
        ["join without any common protocol"] = (GroupError.InconsistentGroupProtocol,
            async (b, m) => (await b.JoinAsync(Join(protocol: "other"))).Error),
        ["join without protocols"] = (GroupError.InconsistentGroupProtocol,
            async (b, m) => (await b.JoinAsync(Join() with { Protocols = [] })).Error),
        ["join without a protocol type"] = (GroupError.InconsistentGroupProtocol,
            async (b, m) => (await b.JoinAsync(Join() with { ProtocolType = "" })).Error),
        ["join with an id that was never given"] = (GroupError.UnknownMemberId,
            async (b, m) => (await b.JoinAsync(Join("stranger"))).Error),
        ["join with an id in another group"] = (GroupError.UnknownMemberId,
            async (b, m) => (await b.JoinAsync(Join(m) with { GroupId = "other" })).Error),
        ["join with an instance that is not there"] = (GroupError.UnknownMemberId,
            async (b, m) => (await b.JoinAsync(Join(m, instance: "i"))).Error),
        ["sync of a stranger"] = (GroupError.UnknownMemberId, async (b, m) => (await b.SyncAsync("stranger", 1)).Error),
        ["sync of another generation"] = (GroupError.IllegalGeneration, async (b, m) => (await b.SyncAsync(m, 2)).Error),
        ["sync with another protocol"] = (GroupError.InconsistentGroupProtocol,
            async (b, m) => (await b.Coordinator.SyncAsync(
                new SyncGroupRequest { GroupId = "g", MemberId = m, GenerationId = 1, ProtocolName = "x" }, Token)).Error),
        ["sync with another protocol type"] = (GroupError.InconsistentGroupProtocol,
            async (b, m) => (await b.Coordinator.SyncAsync(
                new SyncGroupRequest { GroupId = "g", MemberId = m, GenerationId = 1, ProtocolType = "x" }, Token)).Error),
        ["heartbeat of a stranger"] = (GroupError.UnknownMemberId, (b, m) => b.HeartbeatAsync("stranger", 1)),
        ["heartbeat of a former generation"] = (GroupError.IllegalGeneration, (b, m) => b.HeartbeatAsync(m, 0)),
        ["heartbeat to a group that is not there"] = (GroupError.UnknownMemberId,
            (b, m) => b.Coordinator.HeartbeatAsync(new HeartbeatRequest("none", 1, m), Token).AsTask()),
        ["heartbeat without a group's name"] = (GroupError.InvalidGroupId,
            (b, m) => b.Coordinator.HeartbeatAsync(new HeartbeatRequest("", 1, m), Token).AsTask()),
        ["leave of a stranger"] = (GroupError.UnknownMemberId,
            async (b, m) => (await b.LeaveAsync(new LeavingMember("stranger"))).Members[0]),
        ["leave of an instance that is not there"] = (GroupError.UnknownMemberId,
            async (b, m) => (await b.LeaveAsync(new LeavingMember("", "i"))).Members[0]),
        ["commit of a stranger"] = (GroupError.UnknownMemberId, (b, m) => b.CommitAsync(Commit(1, "stranger", 1))),
        ["commit of a former generation"] = (GroupError.IllegalGeneration, (b, m) => b.CommitAsync(Commit(1, m, 0))),
        ["commit of nobody while there are members"] = (GroupError.UnknownMemberId, (b, m) => b.CommitAsync(Commit(1))),
        ["commit of a member to a group that is not there"] = (GroupError.IllegalGeneration,
            (b, m) => b.CommitAsync(Commit(1, m, 1) with { GroupId = "none" })),
        ["commit under a name that cannot be stored"] = (GroupError.InvalidGroupId,
            (b, m) => b.CommitAsync(Commit(1) with { GroupId = new string('x', 40_000) })),
        ["delete of a group with members"] = (GroupError.NonEmptyGroup,
            (b, m) => b.Coordinator.DeleteAsync("g", anywhere: false, Token).AsTask()),
        ["delete of a group that is not there"] = (GroupError.GroupIdNotFound,
            (b, m) => b.Coordinator.DeleteAsync("none", anywhere: false, Token).AsTask()),
        ["delete of offsets of a topic that is subscribed to"] = (GroupError.GroupSubscribedToTopic,
            async (b, m) => (await b.Coordinator.DeleteOffsetsAsync(Delete("g", "t"), Token)).Partitions[0]),
        ["delete of offsets of an unknown topic"] = (GroupError.UnknownTopicOrPartition,
            async (b, m) => (await b.Coordinator.DeleteOffsetsAsync(Delete("g", "x"), Token)).Partitions[0]),
        ["delete of offsets of another topic"] = (GroupError.None,
            async (b, m) => (await b.Coordinator.DeleteOffsetsAsync(Delete("g", "u"), Token)).Partitions[0]),
        ["delete of offsets of a group that is not there"] = (GroupError.GroupIdNotFound,
            async (b, m) => (await b.Coordinator.DeleteOffsetsAsync(Delete("none", "t"), Token)).Error),
    };

    private static DeleteOffsetsRequest Delete(string group, string topic) => new(group, [new TopicPartition(topic, 0)]);

    // What a broker that does not coordinate the group says.
    private static readonly Dictionary<string, Call> s_elsewhere = new()
    {
        ["join"] = async (b, m) => (await b.JoinAsync(Join())).Error,
        ["sync"] = async (b, m) => (await b.SyncAsync(m, 1)).Error,
        ["heartbeat"] = (b, m) => b.HeartbeatAsync(m, 1),
        ["leave"] = async (b, m) => (await b.LeaveAsync(new LeavingMember(m))).Error,
        ["commit"] = (b, m) => b.CommitAsync(Commit(1, m, 1)),
        ["fetch"] = async (b, m) => (await b.Coordinator.FetchOffsetsAsync(new FetchOffsetsRequest { GroupId = "g" }, Token)).Error,
        ["delete offsets"] = async (b, m) => (await b.Coordinator.DeleteOffsetsAsync(new DeleteOffsetsRequest("g", []), Token)).Error,
        ["describe"] = async (b, m) => (await b.DescribeAsync()).Error,
        ["delete"] = (b, m) => b.Coordinator.DeleteAsync("g", anywhere: false, Token).AsTask(),
    };

    public static TheoryData<string> Cases => [.. s_cases.Keys];

    public static TheoryData<string> Elsewhere => [.. s_elsewhere.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_request_is_answered_with_Kafkas_error(string name) => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var member = await broker.SettleOneAsync();
        Assert.Equal(s_cases[name].Expected, await s_cases[name].Call(broker, member));
        Assert.Equal(GroupError.None, await broker.HeartbeatAsync(member, 1));
    });

    [Theory]
    [MemberData(nameof(Elsewhere))]
    public void A_broker_that_does_not_coordinate_the_group_says_so(string name) => Run(async world =>
    {
        var member = await (await world.NewBrokerAsync()).SettleOneAsync();
        Assert.Equal(GroupError.NotCoordinator, await s_elsewhere[name](await world.NewBrokerAsync(epoch: 0), member));
    });

    [Theory]
    [InlineData("join")]
    [InlineData("sync")]
    [InlineData("heartbeat")]
    [InlineData("leave")]
    public void A_broker_without_leases_coordinates_nothing(string name) => Run(async world =>
        Assert.Equal(GroupError.CoordinatorNotAvailable, await s_elsewhere[name](await world.NewBrokerAsync(holdsLeases: false), "m")));

    [Fact]
    public void A_group_of_another_kind_keeps_its_offsets_while_it_has_members() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        await broker.SettleOneAsync(Join() with { ProtocolType = "connect" });
        Assert.Equal(GroupError.NonEmptyGroup,
            (await broker.Coordinator.DeleteOffsetsAsync(new DeleteOffsetsRequest("g", [new TopicPartition("t", 0)]), Token)).Error);
    });

    [Fact]
    public void While_an_assignment_is_awaited_commits_are_told_to_wait_for_it() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var (id, joining) = await broker.EnterAsync();
        await joining;
        Assert.Equal(GroupError.RebalanceInProgress, await broker.CommitAsync(Commit(1, id, 1)));
        Assert.Equal(GroupError.None, await broker.HeartbeatAsync(id, 1));
    });

    [Fact]
    public void A_group_that_does_not_exist_is_described_as_dead_and_has_no_lag() => Run(async world =>
    {
        var broker = await world.NewBrokerAsync();
        var lag = await broker.Coordinator.DescribeLagAsync("none", anywhere: false, Token);
        Assert.Equal((GroupError.None, GroupState.Dead, 0), (lag.Group.Error, lag.Group.State, lag.Partitions.Count));
        await broker.HeartbeatAsync("m", 1);
        Assert.Equal(GroupState.Dead, (await broker.DescribeAsync()).State);
        Assert.Empty((await broker.Coordinator.ListAsync(new ListGroupsRequest(), Token)).Groups);
    });
}
