using CloudStream.Clients.Tests.Broker;

namespace CloudStream.Clients.Tests.Promises;

/// <summary>What topics and groups promise, each shown with a real client by a scenario of <c>tests/clients/promises</c>.</summary>
public sealed class PromiseTests(BrokerUnderTest broker)
{
    [Fact]
    public Task RecordsOfATopicHaveSequentialOffsetsFromZero() => ShownBy("sequential-offsets");

    [Fact]
    public Task RecordsOfOneKeyGoToOnePartitionThatTheJavaClientWouldTake() => ShownBy("same-key");

    [Fact]
    public Task RecordsWithoutAKeyAreSpread() => ShownBy("no-key");

    [Fact]
    public Task ThePartitionThatTheProducerNamesIsObeyed() => ShownBy("explicit-partition");

    [Fact]
    public Task OrderIsKeptWithinAPartition() => ShownBy("order");

    [Fact]
    public Task RecordsStayAfterTheyAreRead() => ShownBy("stays-after-reading");

    [Fact]
    public Task SeveralGroupsReadIndependently() => ShownBy("independent-groups");

    [Fact]
    public Task APartitionHasOneMemberInAGroup() => ShownBy("one-member-per-partition");

    [Fact]
    public Task MoreMembersThanPartitionsLeaveSomeIdle() => ShownBy("idle-members");

    [Fact]
    public Task ACrashBetweenProcessingAndCommitMeansReadingAgain() => ShownBy("crash-before-commit");

    [Fact]
    public Task ACommitBeforeProcessingMeansAtMostOnce() => ShownBy("commit-before-processing");

    [Fact]
    public Task RetentionByAgeDropsOnlyWhatIsOld() => ShownBy("retention-by-age");

    [Fact]
    public Task RetentionBySizeDropsOnlyWhatIsBeyondIt() => ShownBy("retention-by-size");

    [Fact]
    public Task AReaderMayStartAtAnOlderOffset() => ShownBy("older-offset");

    [Fact]
    public Task AReaderMayStartAtATime() => ShownBy("time");

    [Fact]
    public Task AcksZeroOneAndAllAreServed() => ShownBy("acks");

    private Task ShownBy(string scenario) => broker.PassesAsync("promises", scenario);
}
