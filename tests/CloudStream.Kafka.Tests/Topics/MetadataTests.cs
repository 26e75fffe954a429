using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;

namespace CloudStream.Kafka.Tests.Topics;

public sealed class MetadataTests(KafkaFixture kafka) : IClassFixture<KafkaFixture>
{
    [Fact]
    public async Task The_broker_is_told_under_the_address_that_the_client_came_to()
    {
        using var client = await kafka.ConnectAsync();
        var answer = await client.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [] }, 12);
        var broker = Assert.Single(answer.Brokers);
        Assert.Equal(("127.0.0.1", kafka.Host.EndPoint.Port, answer.ControllerId), (broker.Host, broker.Port, broker.NodeId));
        Assert.Equal(kafka.Host.Broker.ClusterId, answer.ClusterId);
        Assert.Empty(answer.Topics);
    }

    [Fact]
    public async Task An_advertised_address_is_told_instead()
    {
        await using var host = await KafkaHost.StartAsync(o => o.Advertised = "kafka.example:9094");
        using var client = await host.ConnectAsync();
        var broker = Assert.Single((await client.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [] }, 12)).Brokers);
        Assert.Equal(("kafka.example", 9094), (broker.Host, broker.Port));
    }

    [Fact]
    public async Task Nothing_asked_means_all_topics_below_version_1_and_none_from_there_on()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        Assert.Contains((await client.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [] }, 0)).Topics, t => t.Name == topic);
        Assert.Empty((await client.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [] }, 1)).Topics);
        Assert.Contains((await client.AskAsync<MetadataResponse>(new MetadataRequest { Topics = null }, 1)).Topics, t => t.Name == topic);
    }

    [Fact]
    public async Task Unknown_topics_are_created_where_the_client_allows_it()
    {
        using var client = await kafka.ConnectAsync();
        var request = new MetadataRequest { Topics = [new() { Name = "made-on-demand" }], AllowAutoTopicCreation = false };
        Assert.Equal(3, (await client.AskAsync<MetadataResponse>(request, 8)).Topics[0].ErrorCode);
        request.AllowAutoTopicCreation = true;
        var made = (await client.AskAsync<MetadataResponse>(request, 12)).Topics[0];
        Assert.Equal((0, 1), (made.ErrorCode, made.Partitions.Count));
        Assert.NotEqual(Guid.Empty, made.TopicId);
        Assert.Equal(kafka.Host.Broker.BrokerId, made.Partitions[0].LeaderId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_name_that_cannot_be_is_told_so(bool mayCreate)
    {
        using var client = await kafka.ConnectAsync();
        var request = new MetadataRequest { Topics = [new() { Name = "no/such" }], AllowAutoTopicCreation = mayCreate };
        Assert.Equal(17, (await client.AskAsync<MetadataResponse>(request, 8)).Topics[0].ErrorCode);
    }

    [Fact]
    public async Task Where_topics_are_not_created_on_demand_none_is()
    {
        await using var host = await KafkaHost.StartAsync(broker: b => b.Settings["auto.create.topics.enable"] = "false");
        using var client = await host.ConnectAsync();
        Assert.Equal(
            3, (await client.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "t" }] }, 1)).Topics[0].ErrorCode);
    }

    [Fact]
    public async Task Topics_are_found_by_id()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var id = (await kafka.Host.Broker.FindTopicAsync(topic, CancellationToken.None))!.Id;
        var unknown = new Guid("99999999-9999-9999-9999-999999999999");
        var answer = await client.AskAsync<MetadataResponse>(
            new MetadataRequest { Topics = [new() { TopicId = id, Name = null }, new() { TopicId = unknown, Name = null }] }, 12);
        Assert.Equal((topic, 0), (answer.Topics[0].Name, answer.Topics[0].ErrorCode));
        Assert.Equal((null, 100, unknown), (answer.Topics[1].Name, answer.Topics[1].ErrorCode, answer.Topics[1].TopicId));
    }

    [Fact]
    public async Task What_a_client_may_do_is_everything_that_Kafka_has_for_it()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var answer = await client.AskAsync<MetadataResponse>(
            new MetadataRequest
            {
                Topics = [new() { Name = topic }],
                IncludeClusterAuthorizedOperations = true,
                IncludeTopicAuthorizedOperations = true
            }, 8);
        Assert.Equal((8096, 3576), (answer.ClusterAuthorizedOperations, answer.Topics[0].TopicAuthorizedOperations));
    }

    [Fact]
    public async Task Two_brokers_name_each_other_and_agree_who_leads()
    {
        var stores = new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore());
        await using var first = await KafkaHost.StartAsync(broker: Fast, stores: stores);
        await using var second = await KafkaHost.StartAsync(broker: Fast, stores: stores);
        using var a = await first.ConnectAsync();
        using var b = await second.ConnectAsync();
        await a.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t", partitions: 64), 5);
        var request = new MetadataRequest { Topics = [new() { Name = "t" }] };

        List<int> leaders;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            var (byFirst, bySecond) = (await a.AskAsync<MetadataResponse>(request, 12), await b.AskAsync<MetadataResponse>(request, 12));
            leaders = [.. byFirst.Topics[0].Partitions.Select(p => p.LeaderId)];
            if (byFirst.Brokers.Count == 2 && bySecond.Brokers.Count == 2 && leaders.Distinct().Count() == 2
                && leaders.SequenceEqual(bySecond.Topics[0].Partitions.Select(p => p.LeaderId)))
                break;
        }

        // Who leads is advice: the other broker takes records for each partition as well, at the next offset, and gives them out.
        var (firstId, secondId) = (first.Broker.BrokerId, second.Broker.BrokerId);
        var ofSecond = leaders.IndexOf(secondId);
        var taken = (await b.AskAsync<ProduceResponse>(Ask.Produce("t", ofSecond, Ask.Batch("x")), 10)).Responses[0].PartitionResponses[0];
        Assert.Equal((0, 0L), (taken.ErrorCode, taken.BaseOffset));
        taken = (await a.AskAsync<ProduceResponse>(Ask.Produce("t", ofSecond, Ask.Batch("y")), 10)).Responses[0].PartitionResponses[0];
        Assert.Equal((0, 1L), (taken.ErrorCode, taken.BaseOffset));
        Assert.Equal(["x", "y"], Ask.Values((await a.AskAsync<FetchResponse>(Ask.Fetch("t", ofSecond, 0), 11)).Responses[0].Partitions[0]));
        Assert.Equal(["x", "y"], Ask.Values((await b.AskAsync<FetchResponse>(Ask.Fetch("t", ofSecond, 0), 11)).Responses[0].Partitions[0]));
        Assert.NotEqual(firstId, secondId);

        static void Fast(BrokerOptions options) => (options.Lease, options.Shards) = (TimeSpan.FromSeconds(2), 1);
    }
}
