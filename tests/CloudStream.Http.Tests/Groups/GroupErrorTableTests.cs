using CloudStream.Cluster.Groups;
using CloudStream.Http.Groups;

namespace CloudStream.Http.Tests.Groups;

public class GroupErrorTableTests
{
    public static TheoryData<GroupError, int, string> Table => new()
    {
        { GroupError.CoordinatorNotAvailable, 503, "coordinator-unavailable" },
        { GroupError.NotCoordinator, 421, "not-coordinator" },
        { GroupError.CoordinatorLoadInProgress, 503, "coordinator-loading" },
        { GroupError.RequestTimedOut, 503, "outcome-unknown" },
        { GroupError.UnstableOffsetCommit, 503, "unstable-offset" },
        { GroupError.RebalanceInProgress, 409, "rebalance-in-progress" },
        { GroupError.UnknownMemberId, 404, "unknown-member" },
        { GroupError.IllegalGeneration, 409, "illegal-generation" },
        { GroupError.MemberIdRequired, 409, "member-id-required" },
        { GroupError.FencedInstanceId, 409, "fenced-instance" },
        { GroupError.InconsistentGroupProtocol, 409, "inconsistent-group-protocol" },
        { GroupError.InvalidSessionTimeout, 400, "invalid-session-timeout" },
        { GroupError.GroupMaxSizeReached, 409, "group-full" },
        { GroupError.InvalidGroupId, 400, "invalid-group-id" },
        { GroupError.GroupIdNotFound, 404, "unknown-group" },
        { GroupError.NonEmptyGroup, 409, "group-not-empty" },
        { GroupError.GroupSubscribedToTopic, 409, "group-subscribed" },
        { GroupError.UnknownTopicOrPartition, 404, "unknown-partition" },
        { GroupError.OffsetMetadataTooLarge, 400, "offset-metadata-too-large" },
        { GroupError.InvalidRequest, 400, "invalid-request" },
        { GroupError.UnknownServerError, 500, "store-refused" },
    };

    [Theory, MemberData(nameof(Table))]
    public void Every_outcome_has_its_status_and_code(GroupError error, int status, string code)
    {
        var mapping = GroupErrorTable.Get(error);

        Assert.Equal((status, code), (mapping.Status, mapping.Code));
        Assert.NotEmpty(mapping.Title);
    }

    [Fact]
    public void No_outcome_is_left_out_and_no_code_is_used_twice()
    {
        var failures = Enum.GetValues<GroupError>().Where(e => e != GroupError.None).ToList();

        Assert.Equal(failures.Count, failures.Select(e => GroupErrorTable.Get(e).Code).Distinct().Count());
        Assert.Equal(failures.Order(), Table.Select(row => row.Data.Item1).Order());
    }

    [Fact]
    public void Success_is_no_problem() => Assert.Throws<ArgumentOutOfRangeException>(() => GroupErrorTable.Get(GroupError.None));

    [Theory]
    [InlineData(GroupError.CoordinatorNotAvailable, 200)]
    [InlineData(GroupError.NotCoordinator, 200)]
    [InlineData(GroupError.NonEmptyGroup, 0)]
    [InlineData(GroupError.UnknownMemberId, 0)]
    public void Only_what_may_be_retried_as_it_is_says_when(GroupError error, int expected) =>
    Assert.Equal(expected, GroupProblem.From(error).RetryAfterMs);
}
