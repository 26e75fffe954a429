using System.Collections.Immutable;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Groups;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests.Groups;

/// <summary>A group that another broker coordinates.</summary>
public class OtherCoordinatorTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Theory]
    [InlineData("GET", "/v1/groups/g%20h", null)]
    [InlineData("DELETE", "/v1/groups/g", null)]
    [InlineData("GET", "/v1/groups/g/offsets", null)]
    [InlineData("DELETE", "/v1/groups/g/offsets?topic=t&partition=0", null)]
    [InlineData("POST", "/v1/groups/g/offsets", """{"offsets":[{"topic":"t","partition":0,"offset":1}]}""")]
    [InlineData("POST", "/v1/groups/g/offsets/reset", """{"to":"latest"}""")]
    [InlineData("POST", "/v1/groups/g/members", """{"topics":["t"]}""")]
    [InlineData("POST", "/v1/groups/g/members/m/poll", "{}")]
    [InlineData("POST", "/v1/groups/g/members/m/heartbeat", "{}")]
    [InlineData("POST", "/v1/groups/g/members/m/heartbeat", """{"generation":1}""")]
    [InlineData("POST", "/v1/groups/g/members/m/commit", "{}")]
    [InlineData("DELETE", "/v1/groups/g/members/m", null)]
    public async Task Every_request_is_sent_on_to_it(string method, string path, string? json)
    {
        await using var host = await HostAsync("http://10.1.2.3:8098/");
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = host.Address };
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = json is null ? null : HttpHost.Body(json, "application/json")
        };

        using var answer = await client.SendAsync(request);

        Assert.Equal(307, (int)answer.StatusCode);
        Assert.Equal($"http://10.1.2.3:8098{path}", answer.Headers.Location?.AbsoluteUri);
        var problem = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("not-coordinator", problem.GetProperty("code").GetString());
        Assert.Equal((7, "http://10.1.2.3:8098"),
            (problem.GetProperty("coordinator").GetProperty("id").GetInt32(),
                problem.GetProperty("coordinator").GetProperty("url").GetString()));
    }

    [Fact]
    public async Task One_that_tells_no_address_is_named_all_the_same()
    {
        await using var host = await HostAsync(null);

        var answer = await host.GetAsync("/v1/groups/g");

        answer.AssertProblem(421, "not-coordinator", "Broker 7");
        Assert.Equal(7, answer.Json.GetProperty("coordinator").GetProperty("id").GetInt32());
    }

    private Task<HttpHost> HostAsync(string? url)
    {
        var endpoints = ImmutableSortedDictionary<string, string>.Empty;
        var other = new BrokerInfo(7, "seven", url is null ? endpoints : endpoints.Add("http", url));
        return HttpHost.StartAsync(new ScriptedBroker(fixture.Broker) { GroupsInstead = new GroupsElsewhere(other) });
    }

    private sealed class GroupsElsewhere(BrokerInfo coordinator) : IGroups
    {
        public ValueTask<CoordinatorResult> FindCoordinatorAsync(string groupId, CancellationToken cancellationToken) =>
            new(new CoordinatorResult(GroupError.None, coordinator));

        public ValueTask<JoinGroupResult> JoinAsync(JoinGroupRequest request, CancellationToken cancellationToken) =>
            new(new JoinGroupResult { Error = GroupError.NotCoordinator });

        public ValueTask<SyncGroupResult> SyncAsync(SyncGroupRequest request, CancellationToken cancellationToken) =>
            new(new SyncGroupResult(GroupError.NotCoordinator));

        public ValueTask<GroupError> HeartbeatAsync(HeartbeatRequest request, CancellationToken cancellationToken) =>
            new(GroupError.NotCoordinator);

        public ValueTask<LeaveGroupResult> LeaveAsync(LeaveGroupRequest request, CancellationToken cancellationToken) =>
            new(new LeaveGroupResult(GroupError.NotCoordinator, []));

        public ValueTask<CommitOffsetsResult> CommitOffsetsAsync(CommitOffsetsRequest request, CancellationToken cancellationToken) =>
            new(new CommitOffsetsResult(GroupError.NotCoordinator, [.. request.Offsets.Select(_ => GroupError.NotCoordinator)]));

        public ValueTask<FetchOffsetsResult> FetchOffsetsAsync(FetchOffsetsRequest request, CancellationToken cancellationToken) =>
            new(new FetchOffsetsResult(GroupError.NotCoordinator, []));

        public ValueTask<DeleteOffsetsResult> DeleteOffsetsAsync(DeleteOffsetsRequest request, CancellationToken cancellationToken) =>
            new(new DeleteOffsetsResult(GroupError.NotCoordinator, []));

        public ValueTask<ListGroupsResult> ListAsync(ListGroupsRequest request, CancellationToken cancellationToken) =>
            new(new ListGroupsResult(GroupError.None, []));

        public ValueTask<GroupDescription> DescribeAsync(string groupId, bool anywhere, CancellationToken cancellationToken) =>
            new(new GroupDescription { Error = GroupError.NotCoordinator, GroupId = groupId });

        public async ValueTask<GroupLag> DescribeLagAsync(string groupId, bool anywhere, CancellationToken cancellationToken) =>
            new(await DescribeAsync(groupId, anywhere, cancellationToken), []);

        public ValueTask<GroupError> DeleteAsync(string groupId, bool anywhere, CancellationToken cancellationToken) =>
            new(GroupError.NotCoordinator);
    }
}
