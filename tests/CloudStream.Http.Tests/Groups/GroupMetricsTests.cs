using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests.Groups;

/// <summary>What <c>/metrics</c> says of groups, on a broker that has no others.</summary>
public class GroupMetricsTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Groups_members_rebalances_and_commits_are_counted()
    {
        var host = fixture.Host;
        var topic = await host.NewTopicAsync(2);
        Assert.Equal(
            204,
            (int)(await host.PostJsonAsync(
                "/v1/groups/simple/offsets", $$"""{"offsets":[{"topic":"{{topic}}","partition":0,"offset":0}]}""")).Status);
        var first = await GroupMember.JoinAsync(host, "lone", topic);
        var member = await GroupMember.JoinAsync(host, "pair", topic);
        await GroupMember.JoinAsync(host, "pair", topic, member);
        Assert.Equal(
            204,
            (int)(await first.CommitAsync(
                $$"""{"offsets":[{"topic":"{{topic}}","partition":0,"offset":0},"""
                    + $$"""{"topic":"{{topic}}","partition":1,"offset":0}]}""")).Status);

        var metrics = (await host.GetAsync("/metrics")).AssertOk().Text;

        Assert.Contains("# TYPE cloudstream_groups gauge\n", metrics, StringComparison.Ordinal);
        Assert.Contains("cloudstream_groups{state=\"stable\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("cloudstream_groups{state=\"empty\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("cloudstream_groups{state=\"preparing_rebalance\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("cloudstream_groups{state=\"completing_rebalance\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("cloudstream_group_members 3\n", metrics, StringComparison.Ordinal);
        Assert.Contains("# TYPE cloudstream_group_rebalances_total counter\n", metrics, StringComparison.Ordinal);
        Assert.Matches("cloudstream_group_rebalances_total [3-9]\n", metrics);
        Assert.Contains("cloudstream_group_commits_total 2\n", metrics, StringComparison.Ordinal);
    }
}
