using System.Globalization;
using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;

namespace CloudStream.Kafka.Tests.Configs;

/// <summary>Settings of brokers, groups and client metrics that are altered while the cluster runs.</summary>
public sealed class RunTimeSettingsTests
{
    private const sbyte Topic = 2, Broker = 4, Metrics = 16, Group = 32;
    private const sbyte Set = 0, Delete = 1, Append = 2;

    [Fact]
    public async Task What_is_altered_is_in_force_and_told_with_where_it_comes_from()
    {
        await using var host = await KafkaHost.StartAsync(broker: o => BrokerSettings.TryApply(o, "message.max.bytes", "3000000", out _));
        using var client = await host.ConnectAsync();
        var self = host.Broker.BrokerId.ToString(CultureInfo.InvariantCulture);
        Assert.Equal(0, (await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5)).Topics[0].ErrorCode);
        Assert.Equal("3000000 4 [3000000 4, 1048588 5]", await TellAsync(client, Broker, self, "message.max.bytes"));

        await AlterAsync(client, Broker, "", ("message.max.bytes", Set, "2000000"));
        Assert.Equal("2000000 3 [2000000 3, 3000000 4, 1048588 5]", await TellAsync(client, Broker, self, "message.max.bytes"));
        Assert.Equal("2000000 3 [2000000 3, 3000000 4, 1048588 5]", await TellAsync(client, Topic, "t", "max.message.bytes"));
        Assert.Equal(2_000_000, host.Broker.MaxMessageBytes);

        await AlterAsync(client, Broker, self, ("message.max.bytes", Set, "1500000"));
        Assert.Equal("1500000 2 [1500000 2, 2000000 3, 3000000 4, 1048588 5]", await TellAsync(client, Broker, self, "message.max.bytes"));
        Assert.Equal("1500000 2 [1500000 2, 2000000 3, 3000000 4, 1048588 5]", await TellAsync(client, Topic, "t", "max.message.bytes"));
        Assert.Equal("2000000 3 [2000000 3]", await TellAsync(client, Broker, "", "message.max.bytes"));
        Assert.Equal(1_500_000, host.Broker.MaxMessageBytes);

        await AlterAsync(client, Broker, self, ("message.max.bytes", Delete, null));
        await AlterAsync(client, Broker, "", ("message.max.bytes", Delete, null));
        Assert.Equal("3000000 4 [3000000 4, 1048588 5]", await TellAsync(client, Broker, self, "message.max.bytes"));
        Assert.Equal(3_000_000, host.Broker.MaxMessageBytes);
        Assert.Equal("", await TellAsync(client, Broker, "", "message.max.bytes"));
    }

    [Fact]
    public async Task An_option_of_ours_is_altered_and_is_again_what_it_was_at_the_start()
    {
        BrokerOptions? options = null;
        await using var host = await KafkaHost.StartAsync(broker: o => options = o);
        using var client = await host.ConnectAsync();

        await AlterAsync(client, Broker, "", ("cloudstream.flush.interval.ms", Set, "7"));
        Assert.Equal(TimeSpan.FromMilliseconds(7), options!.FlushInterval);
        await AlterAsync(client, Broker, "", ("cloudstream.flush.interval.ms", Delete, null));
        Assert.Equal(TimeSpan.FromMilliseconds(1), options.FlushInterval);
    }

    [Fact]
    public async Task All_brokers_see_it_and_a_restarted_one_too()
    {
        var stores = new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore());
        await using var host = await KafkaHost.StartAsync(stores: stores);
        await using (var other = await KafkaHost.StartAsync(stores: stores))
        {
            using var client = await host.ConnectAsync();
            await AlterAsync(client, Broker, "", ("message.max.bytes", Set, "2000000"));
            using var there = await other.ConnectAsync();
            Assert.Equal("2000000 3 [2000000 3, 1048588 5]",
                await TellAsync(there, Broker, $"{other.Broker.BrokerId}", "message.max.bytes"));
            Assert.Equal(2_000_000, other.Broker.MaxMessageBytes);
        }

        await using var restarted = await KafkaHost.StartAsync(stores: stores);
        Assert.Equal(2_000_000, restarted.Broker.MaxMessageBytes);
    }

    [Fact]
    public async Task Of_changes_at_the_same_time_none_is_lost()
    {
        var stores = new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore());
        await using var host = await KafkaHost.StartAsync(stores: stores);
        await using var other = await KafkaHost.StartAsync(stores: stores);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? host : other).Broker.AlterSettingsAsync(
            new SettingsOwner(SettingsOwnerKind.Group, $"g{i}"),
            new Dictionary<string, string?> { ["share.delivery.count.limit"] = "7" },
            replace: false,
            validateOnly: false,
            CancellationToken.None).AsTask()));

        Assert.Equal(40, (await host.Broker.ListSettingsOwnersAsync(SettingsOwnerKind.Group, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task Groups_and_client_metrics_keep_theirs_and_are_listed()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        Assert.Equal("45000 5 [45000 5]", await TellAsync(client, Group, "g", "consumer.session.timeout.ms"));
        Assert.Equal("300000 5 []", await TellAsync(client, Metrics, "m", "interval.ms"));

        await AlterAsync(client, Group, "g", ("consumer.session.timeout.ms", Set, "50000"));
        await AlterAsync(client, Metrics, "m", ("interval.ms", Set, "10000"), ("match", Set, "client_software_name=librd.*"));

        Assert.Equal("50000 8 [50000 8, 45000 5]", await TellAsync(client, Group, "g", "consumer.session.timeout.ms"));
        Assert.Equal("10000 7 [10000 7]", await TellAsync(client, Metrics, "m", "interval.ms"));
        Assert.Equal(["16 m", "32 g"], await ListAsync(client, Metrics, Group));
        Assert.Equal(["16 m"], (await client.AskAsync<ListConfigResourcesResponse>(new ListConfigResourcesRequest(), 0)).ConfigResources
            .Select(r => $"16 {r.ResourceName}"));

        await AlterAsync(client, Metrics, "m", ("interval.ms", Delete, null), ("match", Delete, null));
        Assert.Equal(["32 g"], await ListAsync(client, Metrics, Group));
    }

    [Fact]
    public async Task The_old_way_resets_what_is_not_named_and_a_list_is_added_to()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        await AlterAsync(client, Broker, "", ("log.retention.bytes", Set, "5"), ("log.cleanup.policy", Append, "compact"));
        Assert.Equal("delete,compact 3 [delete,compact 3]", await TellAsync(client, Broker, "", "log.cleanup.policy"));

        var old = new AlterConfigsRequest
        {
            Resources = [new()
            {
                ResourceType = Broker,
                ResourceName = "",
                Configs = [new() { Name = "log.retention.bytes", Value = "6" }]
            }]
        };
        Assert.Equal(0, (await client.AskAsync<AlterConfigsResponse>(old, 2)).Responses[0].ErrorCode);

        Assert.Equal("6 3 [6 3]", await TellAsync(client, Broker, "", "log.retention.bytes"));
        Assert.Equal("", await TellAsync(client, Broker, "", "log.cleanup.policy"));
    }

    [Fact]
    public async Task What_is_fixed_is_refused_in_Kafkas_words_and_what_is_only_validated_changes_nothing()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();

        var refused = (await client.AskAsync<IncrementalAlterConfigsResponse>(
            Request(Broker, "", ("num.partitions", Set, "3")), 1)).Responses[0];
        var dry = Request(Broker, "", ("message.max.bytes", Set, "2000000"));
        dry.ValidateOnly = true;

        Assert.Equal((42, "Cannot update these configs dynamically: [num.partitions]"), (refused.ErrorCode, refused.ErrorMessage));
        Assert.Equal(0, (await client.AskAsync<IncrementalAlterConfigsResponse>(dry, 1)).Responses[0].ErrorCode);
        Assert.Equal("", await TellAsync(client, Broker, "", "message.max.bytes"));
    }

    [Fact]
    public async Task Features_are_named_that_are_true_and_no_others()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();

        var answer = await client.AskAsync<ApiVersionsResponse>(
            new ApiVersionsRequest { ClientSoftwareName = "x", ClientSoftwareVersion = "1" }, 3);

        // No transactions, no newer protocol of groups, no share groups: Java's producer would take the former for granted.
        Assert.Equal(["metadata.version 30-30"],
            answer.FinalizedFeatures!.Select(f => $"{f.Name} {f.MinVersionLevel}-{f.MaxVersionLevel}"));
        Assert.Equal(["metadata.version 30-30"], answer.SupportedFeatures!.Select(f => $"{f.Name} {f.MinVersion}-{f.MaxVersion}"));
        Assert.True(answer.FinalizedFeaturesEpoch >= 0);
    }

    private static async Task AlterAsync(
        WireClient client, sbyte type, string name, params (string Name, sbyte Operation, string? Value)[] changes)
    {
        var answer = (await client.AskAsync<IncrementalAlterConfigsResponse>(Request(type, name, changes), 1)).Responses[0];
        Assert.Equal((0, null), (answer.ErrorCode, answer.ErrorMessage));
    }

    private static IncrementalAlterConfigsRequest Request(
        sbyte type, string name, params (string Name, sbyte Operation, string? Value)[] changes) => new()
        {
            Resources =
            [
                new()
                {
                    ResourceType = type,
                    ResourceName = name,
                    Configs = [.. changes.Select(c => new IncrementalAlterConfigsRequest.AlterableConfig
                    {
                        Name = c.Name,
                        ConfigOperation = c.Operation,
                        Value = c.Value,
                    })],
                },
            ],
        };

    private static async Task<string> TellAsync(WireClient client, sbyte type, string resource, string name)
    {
        var request = new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = type, ResourceName = resource, ConfigurationKeys = [name] }],
            IncludeSynonyms = true,
        };
        var found = (await client.AskAsync<DescribeConfigsResponse>(request, 4)).Results[0].Configs;
        return string.Join(
            ' ', found.Select(c => $"{c.Value} {c.ConfigSource} [{string.Join(", ", c.Synonyms.Select(s => $"{s.Value} {s.Source}"))}]"));
    }

    private static async Task<IEnumerable<string>> ListAsync(WireClient client, params sbyte[] types)
    {
        var answer = await client.AskAsync<ListConfigResourcesResponse>(new ListConfigResourcesRequest { ResourceTypes = [.. types] }, 1);
        return answer.ConfigResources.Select(r => $"{r.ResourceType} {r.ResourceName}").Order(StringComparer.Ordinal);
    }
}
