using System.Net;
using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Transport;

public sealed class BrokerProblemTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400, "invalid-request", ErrorCode.InvalidRequest, false, false)]
    [InlineData(404, "unknown-topic", ErrorCode.UnknownTopic, false, false)]
    [InlineData(404, "unknown-partition", ErrorCode.UnknownPartition, false, false)]
    [InlineData(400, "invalid-topic-name", ErrorCode.InvalidTopicName, false, false)]
    [InlineData(409, "topic-exists", ErrorCode.TopicExists, false, false)]
    [InlineData(400, "invalid-partitions", ErrorCode.InvalidPartitions, false, false)]
    [InlineData(400, "invalid-config", ErrorCode.InvalidConfig, false, false)]
    [InlineData(416, "offset-out-of-range", ErrorCode.OffsetOutOfRange, false, false)]
    [InlineData(413, "message-too-large", ErrorCode.MessageTooLarge, false, false)]
    [InlineData(400, "corrupt-message", ErrorCode.CorruptMessage, false, false)]
    [InlineData(400, "unsupported-format", ErrorCode.UnsupportedFormat, false, false)]
    [InlineData(400, "invalid-record", ErrorCode.InvalidRecord, false, false)]
    [InlineData(400, "invalid-timestamp", ErrorCode.InvalidTimestamp, false, false)]
    [InlineData(409, "out-of-order-sequence", ErrorCode.OutOfOrderSequence, false, false)]
    [InlineData(409, "invalid-producer-epoch", ErrorCode.InvalidProducerEpoch, false, false)]
    [InlineData(409, "offset-mismatch", ErrorCode.OffsetMismatch, false, false)]
    [InlineData(429, "overloaded", ErrorCode.Overloaded, true, false)]
    [InlineData(503, "store-unavailable", ErrorCode.StoreUnavailable, true, false)]
    [InlineData(503, "outcome-unknown", ErrorCode.OutcomeUnknown, true, true)]
    [InlineData(503, "shutting-down", ErrorCode.ShuttingDown, true, false)]
    [InlineData(421, "not-coordinator", ErrorCode.NotCoordinator, true, false)]
    [InlineData(503, "coordinator-unavailable", ErrorCode.CoordinatorUnavailable, true, false)]
    [InlineData(503, "coordinator-loading", ErrorCode.CoordinatorLoading, true, false)]
    [InlineData(503, "unstable-offset", ErrorCode.UnstableOffset, true, false)]
    [InlineData(409, "rebalance-in-progress", ErrorCode.RebalanceInProgress, false, false)]
    [InlineData(404, "unknown-member", ErrorCode.UnknownMember, false, false)]
    [InlineData(409, "illegal-generation", ErrorCode.IllegalGeneration, false, false)]
    [InlineData(409, "member-id-required", ErrorCode.MemberIdRequired, false, false)]
    [InlineData(409, "fenced-instance", ErrorCode.FencedInstance, false, false)]
    [InlineData(409, "inconsistent-group-protocol", ErrorCode.InconsistentGroupProtocol, false, false)]
    [InlineData(400, "invalid-session-timeout", ErrorCode.InvalidSessionTimeout, false, false)]
    [InlineData(409, "group-full", ErrorCode.GroupFull, false, false)]
    [InlineData(400, "invalid-group-id", ErrorCode.InvalidGroupId, false, false)]
    [InlineData(404, "unknown-group", ErrorCode.UnknownGroup, false, false)]
    [InlineData(409, "group-not-empty", ErrorCode.GroupNotEmpty, false, false)]
    [InlineData(409, "group-subscribed", ErrorCode.GroupSubscribed, false, false)]
    [InlineData(400, "offset-metadata-too-large", ErrorCode.OffsetMetadataTooLarge, false, false)]
    [InlineData(413, "offsets-too-large", ErrorCode.OffsetsTooLarge, false, false)]
    [InlineData(503, "not-writable", ErrorCode.NotWritable, true, false)]
    [InlineData(503, "shard-unreadable", ErrorCode.ShardUnreadable, true, false)]
    [InlineData(500, "corrupt-storage", ErrorCode.CorruptStorage, false, false)]
    [InlineData(500, "store-refused", ErrorCode.StoreRefused, false, false)]
    public async Task The_brokers_codes_say_what_to_do(int status, string code, ErrorCode expected, bool isRetriable, bool mayHaveHappened)
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient(change: options => options.RetryTimeout = TimeSpan.Zero);
        broker.Next("/v1/topics", Fault.Answer(status, code));

        var error = await Assert.ThrowsAsync<CloudStreamException>(() => client.Admin.CreateTopicAsync("t", 1, null, Token));

        Assert.Equal(expected, error.ErrorCode);
        Assert.Equal(isRetriable, error.IsRetriable);
        Assert.Equal(mayHaveHappened, error.MayHaveHappened);
        Assert.Equal(status, error.HttpStatus);
        Assert.Equal($"{code} happened", error.Message);
    }

    [Theory]
    [InlineData(502, ErrorCode.InvalidReply, true, true)]
    [InlineData(504, ErrorCode.InvalidReply, true, true)]
    [InlineData(503, ErrorCode.StoreUnavailable, true, false)]
    [InlineData(404, ErrorCode.InvalidRequest, false, false)]
    [InlineData(302, ErrorCode.InvalidReply, false, false)]
    public async Task Replies_of_proxies_are_understood_by_their_status(
        int status, ErrorCode expected, bool isRetriable, bool mayHaveHappened)
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient(change: options => options.RetryTimeout = TimeSpan.Zero);
        broker.Next("/v1/topics",
            new Fault { Reply = () => new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent("<html>") } });

        var error = await Assert.ThrowsAsync<CloudStreamException>(() => client.Admin.CreateTopicAsync("t", 1, null, Token));

        Assert.Equal(expected, error.ErrorCode);
        Assert.Equal(isRetriable, error.IsRetriable);
        Assert.Equal(mayHaveHappened, error.MayHaveHappened);
    }

    [Fact]
    public async Task Waits_to_the_millisecond_where_the_broker_says_so()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient(change: options => options.RetryTimeout = TimeSpan.Zero);
        broker.Next("/v1/cluster", new Fault { Reply = () => FakeBroker.Problem(429, "overloaded", 1, ",\"retryAfterMs\":120") });

        var error = await Assert.ThrowsAsync<CloudStreamException>(() => client.Admin.DescribeClusterAsync(Token));

        Assert.Equal(TimeSpan.FromMilliseconds(120), error.RetryAfter);
    }

    [Fact]
    public async Task A_server_that_is_no_broker_is_named()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        broker.Next("/v1/cluster",
            new Fault { Reply = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>hello") } });

        var error = await Assert.ThrowsAsync<CloudStreamException>(() => client.Admin.DescribeClusterAsync(Token));

        Assert.Equal(ErrorCode.InvalidReply, error.ErrorCode);
        Assert.Contains(new Uri(CloudStreamClientOptions.DefaultServer, "v1/cluster").AbsoluteUri, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_server_is_tried_when_one_is_away()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient(change: options => options.Servers = [new Uri("http://a:1"), new Uri("http://b:2/under")]);
        broker.Next("/v1/cluster", new Fault { Unreachable = true });
        broker.Next("/under/v1/cluster", new Fault { Unreachable = true });

        Assert.Equal("c1", (await client.Admin.DescribeClusterAsync(Token)).ClusterId);
        Assert.Equal(["GET /v1/cluster", "GET /under/v1/cluster", "GET /v1/cluster"], broker.Requests);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_given_up()
    {
        using var broker = new FakeBroker();
        var clock = new ManualTime();
        using var client = broker.NewClient(
            clock, options => (options.RetryTimeout, options.RequestTimeout) = (TimeSpan.Zero, TimeSpan.FromSeconds(40)));
        var slow = Fault.Hold();
        broker.Next("/v1/cluster", slow);

        var cluster = client.Admin.DescribeClusterAsync(Token);
        await slow.Arrived.Task.WaitAsync(Token);
        clock.Advance(TimeSpan.FromSeconds(41));

        var error = await Assert.ThrowsAsync<CloudStreamException>(() => cluster);
        Assert.Equal(ErrorCode.ReplyLost, error.ErrorCode);
        Assert.True(error.IsRetriable);
    }
}
