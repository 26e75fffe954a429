using CloudStream.Client.Admin;
using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Admin;

public sealed class AdminClientTests
{
    private const string Topic =
        """{"name":"t","id":"9f","partitions":2,"config":{"retention.ms":"1000"},"configEntries":"""
            + """[{"name":"retention.ms","value":"1000","isDefault":false,"doc":"How """
            + """long."}],"partitionDetails":[{"partition":1,"shard":3,"leader":4,"leaderEpoch":5,"logStartOffset":6,"highWatermark":"""
            + """7,"bytes":8,"acceptedLosses":[{"firstOffset":6,"lastOffset":6,"by":"Ada","at":1000}]},{"partition":0,"shard":1,"leader":"""
            + """-1,"leaderEpoch":2,"logStartOffset":0,"highWatermark":0,"bytes":0}]}""";

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Creates_a_topic_with_its_settings()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        broker.Next("/v1/topics", new Fault { Method = HttpMethod.Post, Reply = () => Json(201, Topic) });

        var topic = await client.Admin.CreateTopicAsync("t", 2, new Dictionary<string, string> { ["retention.ms"] = "1000" }, Token);

        Assert.Equal("""{"name":"t","partitions":2,"config":{"retention.ms":"1000"}}""", broker.LastBody);
        Assert.Equal("t", topic.Name);
        Assert.Equal("9f", topic.Id);
        Assert.Equal(2, topic.PartitionCount);
        Assert.Equal("1000", topic.Config["retention.ms"]);
        Assert.Equal([new TopicConfigEntry("retention.ms", "1000", false, "How long.")], topic.ConfigEntries);
        var partition = topic.Partitions[0];
        Assert.Equal(
            (1, 3, 4, 5, 6L, 7L, 8L),
            (partition.Partition, partition.Shard, partition.Leader, partition.LeaderEpoch, partition.LogStartOffset,
                partition.HighWatermark, partition.Bytes));
        Assert.Equal([new AcceptedLoss(6, 6, "Ada", DateTimeOffset.UnixEpoch.AddSeconds(1))], partition.AcceptedLosses);
        Assert.Empty(topic.Partitions[1].AcceptedLosses);
    }

    [Fact]
    public async Task Leaves_out_what_is_left_to_the_broker()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        broker.Next("/v1/topics", new Fault { Reply = () => Json(201, Topic) });

        await client.Admin.CreateTopicAsync("t", cancellationToken: Token);

        Assert.Equal("""{"name":"t"}""", broker.LastBody);
    }

    [Fact]
    public async Task Resets_a_setting_by_an_explicit_null()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        broker.Next("/v1/topics/t", new Fault { Method = HttpMethod.Patch, Reply = () => Json(200, Topic) });

        await client.Admin.AlterTopicAsync("t", new Dictionary<string, string?> { ["retention.ms"] = null, ["a"] = "b" }, Token);

        Assert.Equal("""{"config":{"retention.ms":null,"a":"b"}}""", broker.LastBody);
    }

    [Fact]
    public async Task Adds_partitions()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        broker.Next("/v1/topics/t", new Fault { Method = HttpMethod.Patch, Reply = () => Json(200, Topic) });

        await client.Admin.AddPartitionsAsync("t", 12, Token);

        Assert.Equal("""{"partitions":12}""", broker.LastBody);
    }

    [Fact]
    public async Task Lists_and_deletes_topics()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        broker.Next("/v1/topics", new Fault { Reply = () => Json(200, $$"""{"topics":[{{Topic}}]}""") });
        broker.Next("/v1/topics/a%20b",
            new Fault { Method = HttpMethod.Delete, Reply = () => new HttpResponseMessage(System.Net.HttpStatusCode.NoContent) });

        var topics = await client.Admin.ListTopicsAsync(Token);
        await client.Admin.DeleteTopicAsync("a b", Token);

        Assert.Equal("t", Assert.Single(topics).Name);
        Assert.Equal(["GET /v1/topics", "DELETE /v1/topics/a%20b"], broker.Requests);
    }

    [Fact]
    public async Task Looks_offsets_up()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        log.Add("a");
        log.Add("b");
        log.LogStartOffset = 1;
        using var client = broker.NewClient();
        var partition = new TopicPartition("t", 0);

        Assert.Equal(new Watermarks(1, 2), await client.Admin.GetWatermarksAsync(partition, Token));
        Assert.Equal(1, await client.Admin.ListOffsetAsync(partition, Offset.At(DateTimeOffset.FromUnixTimeMilliseconds(1_001)), Token));
        Assert.Equal(2, await client.Admin.ListOffsetAsync(partition, Offset.At(DateTimeOffset.FromUnixTimeMilliseconds(9_000)), Token));
        Assert.Equal(5, await client.Admin.ListOffsetAsync(partition, 5, Token));
    }

    [Fact]
    public async Task Deletes_records_before_an_offset()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        using var client = broker.NewClient();
        broker.Next("/delete-records", new Fault { Reply = () => Json(200, """{"logStartOffset":42}""") });

        Assert.Equal(42, await client.Admin.DeleteRecordsAsync(new TopicPartition("t", 0), 42, Token));
        Assert.Equal("""{"beforeOffset":42}""", broker.LastBody);
    }

    [Fact]
    public async Task Accepts_a_loss()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        using var client = broker.NewClient();
        broker.Next("/losses", new Fault { Reply = () => Json(200, """{"firstOffset":3,"lastOffset":5,"by":"Ada"}""") });

        await client.Admin.AcceptLossAsync(new TopicPartition("t", 0), 3, 5, "Ada", Token);

        Assert.Equal("""{"firstOffset":3,"lastOffset":5,"by":"Ada"}""", broker.LastBody);
    }

    [Fact]
    public async Task Describes_the_cluster_and_skips_members_that_it_does_not_know()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();

        Assert.Equal(new ClusterDescription("c1", 7, "0.1.0", true), await client.Admin.DescribeClusterAsync(Token));
    }

    [Fact]
    public async Task Look_ups_are_repeated_while_the_broker_is_away()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        broker.Next("/v1/cluster", new Fault { Unreachable = true });
        broker.Next("/v1/cluster", Fault.Answer(503, "shutting-down"));
        broker.Next("/v1/cluster", new Fault { LoseReply = true });

        Assert.Equal("c1", (await client.Admin.DescribeClusterAsync(Token)).ClusterId);
        Assert.Equal(4, broker.Requests.Length);
    }

    [Fact]
    public async Task A_creation_whose_reply_was_lost_is_not_repeated()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        broker.Next("/v1/topics", new Fault { Reply = () => throw new HttpRequestException(HttpRequestError.ResponseEnded, "gone") });

        var error = await Assert.ThrowsAsync<CloudStreamException>(() => client.Admin.CreateTopicAsync("t", 1, null, Token));

        Assert.Equal(ErrorCode.ReplyLost, error.ErrorCode);
        Assert.True(error.MayHaveHappened);
        Assert.Single(broker.Requests);
    }

    private static HttpResponseMessage Json(int status, string json) =>
        new((System.Net.HttpStatusCode)status) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
}
