using System.Globalization;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.Topics;

public sealed class AdminTests(KafkaFixture kafka) : IClassFixture<KafkaFixture>
{
    [Fact]
    public async Task A_new_topic_is_told_with_its_settings_and_where_they_come_from()
    {
        using var client = await kafka.ConnectAsync();
        var created = (await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("made", 3, 2, ("retention.ms", "1000")), 7)).Topics[0];
        Assert.Equal((0, 3, 2), (created.ErrorCode, created.NumPartitions, created.ReplicationFactor));
        Assert.NotEqual(Guid.Empty, created.TopicId);
        Assert.All(created.Configs!, c => Assert.InRange(c.ConfigSource, 1, 6));
        Assert.Contains(created.Configs!, c => c is { Name: "retention.ms", Value: "1000", ConfigSource: 1 });
    }

    [Fact]
    public async Task Topics_that_cannot_be_made_are_refused_with_the_reason()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        Assert.Equal(36, await CreateAsync(Ask.CreateTopic(topic)));
        Assert.Equal(17, await CreateAsync(Ask.CreateTopic("no/such")));
        Assert.Equal(37, await CreateAsync(Ask.CreateTopic("x", partitions: 0)));
        Assert.Equal(38, await CreateAsync(Ask.CreateTopic("x", replicas: 0)));
        Assert.Equal(38, await CreateAsync(Ask.CreateTopic("x", replicas: 4)));
        Assert.Equal(40, await CreateAsync(Ask.CreateTopic("x", 1, 1, ("no.such", "1"))));
        Assert.Equal(40, await CreateAsync(Ask.CreateTopic("x", 1, 1, ("retention.ms", "soon"))));
        var twice = Ask.CreateTopic("x");
        twice.Topics.Add(Ask.CreateTopic("x").Topics[0]);
        Assert.Equal(42, await CreateAsync(twice));
        var dry = Ask.CreateTopic("x");
        dry.ValidateOnly = true;
        Assert.Equal(0, await CreateAsync(dry));
        Assert.Null(await kafka.Host.Broker.FindTopicAsync("x", CancellationToken.None));

        async Task<short> CreateAsync(CreateTopicsRequest request) =>
            Assert.Single((await client.AskAsync<CreateTopicsResponse>(request, 5)).Topics).ErrorCode;
    }

    [Fact]
    public async Task Topics_that_cannot_be_made_are_refused_in_the_words_of_Kafka()
    {
        using var client = await kafka.ConnectAsync();
        Assert.Equal("", await WordsAsync(Ask.CreateTopic("said.once")) ?? "");
        Assert.Equal("Topic 'said.once' already exists.", await WordsAsync(Ask.CreateTopic("said.once")));
        Assert.Equal("Topic 'said.once' already exists.", await WordsAsync(Ask.CreateTopic("said.once", partitions: 0)));
        Assert.Equal("Topic 'said.once' already exists.", await WordsAsync(Ask.CreateTopic("said.once", 1, 1, ("no.such", "1"))));
        Assert.Equal("Topic 'said_once' collides with existing topic: said.once", await WordsAsync(Ask.CreateTopic("said_once")));
        Assert.Equal("Topic name is invalid: '..' is not allowed", await WordsAsync(Ask.CreateTopic("..")));
        Assert.Equal(
            "Topic name is invalid: 'a/b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
            await WordsAsync(Ask.CreateTopic("a/b")));
        Assert.Equal("Number of partitions was set to an invalid non-positive value.",
            await WordsAsync(Ask.CreateTopic("x", partitions: 0)));
        Assert.Equal("Excessively large number of partitions per request.", await WordsAsync(Ask.CreateTopic("x", partitions: 10_001)));
        Assert.Equal(
            "Topic name is invalid: the length of a name of 16000 characters is longer than the max allowed length 249",
            await WordsAsync(Ask.CreateTopic(new string('ä', 16_000))));

        async Task<string?> WordsAsync(CreateTopicsRequest request) =>
            (await client.AskAsync<CreateTopicsResponse>(request, 4)).Topics[0].ErrorMessage;
    }

    [Fact]
    public async Task Assignments_decide_the_number_of_partitions_and_must_make_sense()
    {
        using var client = await kafka.ConnectAsync();
        var self = kafka.Host.Broker.BrokerId;
        Assert.Equal(0, await CreateAsync("assigned", -1, -1, (0, [self]), (1, [self])));
        Assert.Equal(2, (await kafka.Host.Broker.FindTopicAsync("assigned", CancellationToken.None))!.PartitionCount);
        Assert.Equal(42, await CreateAsync("y", 2, -1, (0, [self])));
        Assert.Equal(42, await CreateAsync("y", -1, 1, (0, [self])));
        Assert.Equal(39, await CreateAsync("y", -1, -1, (0, [])));
        Assert.Equal(39, await CreateAsync("y", -1, -1, (0, [self, self])));
        Assert.Equal(39, await CreateAsync("y", -1, -1, (0, [self + 77])));
        Assert.Equal(39, await CreateAsync("y", -1, -1, (0, [self]), (0, [self])));
        Assert.Equal(39, await CreateAsync("y", -1, -1, (0, [self]), (2, [self])));

        async Task<short> CreateAsync(string name, int partitions, short replicas, params (int Partition, List<int> Brokers)[] assignments)
        {
            var request = Ask.CreateTopic(name, partitions, replicas);
            request.Topics[0].Assignments = [
                .. assignments.Select(
                    a => new CreateTopicsRequest.CreatableReplicaAssignment { PartitionIndex = a.Partition, BrokerIds = a.Brokers })];
            return (await client.AskAsync<CreateTopicsResponse>(request, 5)).Topics[0].ErrorCode;
        }
    }

    [Fact]
    public async Task Topics_are_deleted_by_name_and_by_id()
    {
        using var client = await kafka.ConnectAsync();
        var (byName, byId) = (await kafka.NewTopicAsync(client), await kafka.NewTopicAsync(client));
        var id = (await kafka.Host.Broker.FindTopicAsync(byId, CancellationToken.None))!.Id;
        Assert.Equal([(short)0, (short)3],
            (await client.AskAsync<DeleteTopicsResponse>(new DeleteTopicsRequest { TopicNames = [byName, "unknown"] }, 5)).Responses.Select(
                r => r.ErrorCode));
        var answer = await client.AskAsync<DeleteTopicsResponse>(
            new DeleteTopicsRequest { Topics = [new() { TopicId = id }, new() { TopicId = id with { } }, new()] }, 6);
        Assert.Equal([(short)42, (short)42], answer.Responses.Select(r => r.ErrorCode));
        answer = await client.AskAsync<DeleteTopicsResponse>(new DeleteTopicsRequest { Topics = [new() { TopicId = id }] }, 6);
        Assert.Equal((0, byId), (answer.Responses[0].ErrorCode, answer.Responses[0].Name));
        answer = await client.AskAsync<DeleteTopicsResponse>(new DeleteTopicsRequest { Topics = [new() { TopicId = id }] }, 6);
        Assert.Equal((100, null), (answer.Responses[0].ErrorCode, answer.Responses[0].Name));
    }

    [Fact]
    public async Task Partitions_are_added_and_never_taken_away()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client, partitions: 2);
        Assert.Equal(37, await WidenAsync(topic, 2));
        Assert.Equal(37, await WidenAsync(topic, 1));
        Assert.Equal(3, await WidenAsync("unknown", 3));
        Assert.Equal(0, await WidenAsync(topic, 4, validateOnly: true));
        Assert.Equal(2, (await kafka.Host.Broker.FindTopicAsync(topic, CancellationToken.None))!.PartitionCount);
        Assert.Equal(0, await WidenAsync(topic, 4));
        Assert.Equal(4, (await kafka.Host.Broker.FindTopicAsync(topic, CancellationToken.None))!.PartitionCount);

        async Task<short> WidenAsync(string name, int count, bool validateOnly = false) =>
            Assert.Single((await client.AskAsync<CreatePartitionsResponse>(
                new CreatePartitionsRequest
                {
                    Topics = [new() { Name = name, Count = count, Assignments = null }],
                    ValidateOnly = validateOnly
                }, 2)).Results).ErrorCode;
    }

    [Fact]
    public async Task Settings_are_described_with_type_source_and_synonyms()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client, 1, ("retention.ms", "1000"));
        var request = new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = topic, ConfigurationKeys = ["retention.ms", "cleanup.policy"] },
                new() { ResourceType = 2, ResourceName = "unknown", ConfigurationKeys = null }],
            IncludeSynonyms = true,
            IncludeDocumentation = true,
        };
        var answer = await client.AskAsync<DescribeConfigsResponse>(request, 4);
        Assert.Equal([(short)0, (short)3], answer.Results.Select(r => r.ErrorCode));
        var (policy, retention) = (answer.Results[0].Configs.Single(c => c.Name == "cleanup.policy"),
            answer.Results[0].Configs.Single(c => c.Name == "retention.ms"));
        Assert.Equal(("1000", 1, 5, false), (retention.Value, retention.ConfigSource, retention.ConfigType, retention.ReadOnly));
        Assert.Equal([(1, "retention.ms", "1000"), (5, "log.retention.ms", "604800000")],
            retention.Synonyms.Select(s => ((int)s.Source, s.Name, s.Value!)));
        Assert.Equal(("delete", 5, 7), (policy.Value, policy.ConfigSource, policy.ConfigType));
        Assert.NotEmpty(policy.Documentation!);
    }

    [Fact]
    public async Task A_broker_tells_its_own_settings_and_lets_nobody_change_what_is_fixed()
    {
        using var client = await kafka.ConnectAsync();
        var self = kafka.Host.Broker.BrokerId.ToString(CultureInfo.InvariantCulture);
        var answer = await client.AskAsync<DescribeConfigsResponse>(new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = 4, ResourceName = self, ConfigurationKeys = null },
                new() { ResourceType = 4, ResourceName = "77", ConfigurationKeys = null },
                new() { ResourceType = 99, ResourceName = "x", ConfigurationKeys = null }],
        }, 4);
        Assert.Equal([(short)0, (short)42, (short)42], answer.Results.Select(r => r.ErrorCode));
        Assert.Contains(answer.Results[0].Configs,
            c => c is { Name: "cloudstream.flush.interval.ms", Value: "1", ConfigSource: 4, ReadOnly: false });
        Assert.Contains(answer.Results[0].Configs, c => c is { Name: "num.partitions", Value: "1", ConfigSource: 5, ReadOnly: true });
        Assert.Contains(answer.Results[0].Configs, c => c is { Name: "node.id", ConfigSource: 4, ReadOnly: true } && c.Value == self);
        Assert.Contains(answer.Results[0].Configs, c => c is { Name: "broker.id", ConfigSource: 4, ReadOnly: true } && c.Value == self);
        Assert.Contains(answer.Results[0].Configs, c => c is { Name: "inter.broker.protocol.version", Value: "4.3-IV0", ReadOnly: true });
        Assert.Equal(42, await ChangeAsync(client, 4, self, ("num.partitions", 0, "3")));
    }

    [Fact]
    public async Task Settings_are_set_reset_added_to_and_taken_from()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        Assert.Equal(
            0, await ChangeAsync(client, 2, topic, ("retention.ms", 0, "1000"), ("follower.replication.throttled.replicas", 2, "0:1")));
        Assert.Equal(0, await ChangeAsync(client, 2, topic, ("follower.replication.throttled.replicas", 2, "1:1,0:1")));
        Assert.Equal(("1000", "0:1,1:1"), (await ValueAsync("retention.ms"), await ValueAsync("follower.replication.throttled.replicas")));
        Assert.Equal(
            0, await ChangeAsync(client, 2, topic, ("retention.ms", 1, null), ("follower.replication.throttled.replicas", 3, "0:1")));
        Assert.Equal(("604800000", "1:1"), (await ValueAsync("retention.ms"), await ValueAsync("follower.replication.throttled.replicas")));
        Assert.Equal(40, await ChangeAsync(client, 2, topic, ("retention.ms", 2, "1")));
        Assert.Equal(40, await ChangeAsync(client, 2, topic, ("no.such", 0, "1")));
        Assert.Equal(42, await ChangeAsync(client, 2, topic, ("retention.ms", 0, null)));
        Assert.Equal(42, await ChangeAsync(client, 2, topic, ("retention.ms", 9, "1")));
        Assert.Equal(42, await ChangeAsync(client, 2, topic, ("retention.ms", 0, "1"), ("retention.ms", 0, "2")));
        Assert.Equal(3, await ChangeAsync(client, 2, "unknown", ("retention.ms", 0, "1")));

        async Task<string?> ValueAsync(string name) => (await client.AskAsync<DescribeConfigsResponse>(
            new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = topic, ConfigurationKeys = [name] }] },
            1)).Results[0].Configs.Single().Value;
    }

    [Fact]
    public async Task The_old_way_of_changing_settings_resets_what_it_does_not_name()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client, 1, ("retention.ms", "1000"), ("max.message.bytes", "5000"));
        var request = new AlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = topic, Configs = [new() { Name = "retention.ms", Value = "2000" }] }],
            ValidateOnly = true
        };
        Assert.Equal(0, (await client.AskAsync<AlterConfigsResponse>(request, 0)).Responses[0].ErrorCode);
        Assert.Equal(["max.message.bytes", "retention.ms"],
            (await kafka.Host.Broker.FindTopicAsync(topic, CancellationToken.None))!.Config.Keys);
        request.ValidateOnly = false;
        Assert.Equal(0, (await client.AskAsync<AlterConfigsResponse>(request, 0)).Responses[0].ErrorCode);
        var config = (await kafka.Host.Broker.FindTopicAsync(topic, CancellationToken.None))!.Config;
        Assert.Equal([new("retention.ms", "2000")], config);
    }

    [Fact]
    public async Task What_brokers_without_replicas_and_access_rules_cannot_do_is_refused_as_Kafka_would()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        Assert.Equal(
            84,
            (await client.AskAsync<ElectLeadersResponse>(
                new ElectLeadersRequest { TopicPartitions = [new() { Topic = topic, Partitions = [0] }] },
                2)).ReplicaElectionResults[0].PartitionResult[0].ErrorCode);
        Assert.Empty((await client.AskAsync<ListPartitionReassignmentsResponse>(new ListPartitionReassignmentsRequest(), 0)).Topics);
        var moved = await client.AskAsync<AlterPartitionReassignmentsResponse>(
            new AlterPartitionReassignmentsRequest
            {
                Topics = [new()
                {
                    Name = topic,
                    Partitions = [new() { PartitionIndex = 0, Replicas = [1] }, new() { PartitionIndex = 0, Replicas = null },
                        new() { PartitionIndex = 9, Replicas = [1] }]
                }]
            }, 0);
        Assert.Equal([(short)39, (short)85, (short)3], moved.Responses[0].Partitions.Select(p => p.ErrorCode));
        var self = kafka.Host.Broker.BrokerId;
        Assert.Equal(["0: ", $"39: The manual partition assignment includes broker {self + 77}, but no such broker is registered."],
            [await MoveAsync(self), await MoveAsync(self + 77)]);
        Assert.Equal(
            54,
            (await client.AskAsync<DescribeAclsResponse>(
                new DescribeAclsRequest { Operation = 1, PermissionType = 1, ResourceTypeFilter = 1 }, 2)).ErrorCode);

        async Task<string> MoveAsync(int broker)
        {
            var request = new AlterPartitionReassignmentsRequest
            {
                Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Replicas = [broker] }] }]
            };
            var answer = (await client.AskAsync<AlterPartitionReassignmentsResponse>(request, 0)).Responses[0].Partitions[0];
            return $"{answer.ErrorCode}: {answer.ErrorMessage}";
        }
    }

    private static async Task<short> ChangeAsync(
        WireClient client, sbyte type, string name, params (string Name, sbyte Operation, string? Value)[] changes) =>
            Assert.Single((await client.AskAsync<IncrementalAlterConfigsResponse>(new IncrementalAlterConfigsRequest
            {
                Resources = [new()
                {
                    ResourceType = type,
                    ResourceName = name,
                    Configs = [
                        .. changes.Select(c => new IncrementalAlterConfigsRequest.AlterableConfig
                        {
                            Name = c.Name,
                            ConfigOperation = c.Operation,
                            Value = c.Value
                        })]
                }],
            }, 1)).Responses).ErrorCode;
}
