using CloudStream.Cluster.Groups;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Groups;

namespace CloudStream.Kafka.Tests.Groups;

public sealed class GroupErrorTableTests
{
    public static TheoryData<GroupError> Outcomes => [.. Enum.GetValues<GroupError>()];

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void EveryOutcomeHasTheCodeOfItsName(GroupError error) => Assert.Equal(error.ToString(), GroupErrorTable.Get(error).ToString());

    [Theory]
    [InlineData(GroupError.None, 0)]
    [InlineData(GroupError.NotCoordinator, 16)]
    [InlineData(GroupError.IllegalGeneration, 22)]
    [InlineData(GroupError.UnknownMemberId, 25)]
    [InlineData(GroupError.RebalanceInProgress, 27)]
    [InlineData(GroupError.NonEmptyGroup, 68)]
    [InlineData(GroupError.GroupIdNotFound, 69)]
    [InlineData(GroupError.MemberIdRequired, 79)]
    [InlineData(GroupError.GroupMaxSizeReached, 81)]
    [InlineData(GroupError.FencedInstanceId, 82)]
    [InlineData(GroupError.GroupSubscribedToTopic, 86)]
    public void CodesAreKafkas(GroupError error, short code) => Assert.Equal(code, GroupErrorTable.CodeOf(error));

    [Fact]
    public void AnUnknownOutcomeHasNoPlace() => Assert.Throws<ArgumentOutOfRangeException>(() => GroupErrorTable.Get((GroupError)999));
}
