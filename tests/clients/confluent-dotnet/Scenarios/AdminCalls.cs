using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ConfluentMatrix.Scenarios;

internal sealed class AdminCalls(Broker broker, IAdminClient admin, string topic, string group)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly TopicPartition _partition = new(topic, 0);

    public static async Task RunAsync(Broker broker, string prefix)
    {
        using IAdminClient admin = broker.Admin();
        var calls = new AdminCalls(broker, admin, $"{prefix}-managed", $"{prefix}-managers");
        await calls.TopicsAsync();
        await calls.ConfigsAsync();
        await calls.OffsetsAndRecordsAsync();
        await calls.GroupsAsync();
        await calls.DeletionAsync();
    }

    private async Task TopicsAsync()
    {
        DescribeClusterResult cluster = await admin.DescribeClusterAsync();
        Check.That(cluster.ClusterId.Length > 0 && cluster.Nodes.Count > 0 && cluster.Controller is not null,
            "the cluster's id, nodes and controller");
        await broker.CreateAsync(topic, 3, new Dictionary<string, string> { ["retention.ms"] = "3600000" });
        await Check.RefusedAsync(ErrorCode.TopicAlreadyExists,
            () => admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = 3 }]), "creating it again");
        Check.That(admin.GetMetadata(Limit).Topics.Any(t => t.Topic == topic), "the topic is not listed");
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = 5 }]);
        await Check.EventuallyAsync(
            async () =>
            {
                TopicDescription described = (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]))).TopicDescriptions[0];
                return described.Partitions.Count(p => p.Leader is not null && p.ISR.Count > 0) == 5
                    ? null
                    : $"{described.Partitions.Count} partitions";
            },
            "five partitions");
        await Check.RefusedAsync(ErrorCode.InvalidPartitions,
            () => admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = 2 }]), "fewer partitions");
    }

    private async Task ConfigsAsync()
    {
        Check.Same("3600000 DynamicTopicConfig", await ConfigAsync("retention.ms"), "as created");
        await AlterAsync("max.message.bytes", "2000000", AlterConfigOpType.Set);
        await ConfigBecomesAsync("max.message.bytes", "2000000 DynamicTopicConfig");
        Check.Same("3600000 DynamicTopicConfig", await ConfigAsync("retention.ms"), "what was not named");
        await AlterAsync("cleanup.policy", "compact", AlterConfigOpType.Append);
        await ConfigBecomesAsync("cleanup.policy", "delete,compact DynamicTopicConfig");
        await AlterAsync("cleanup.policy", "compact", AlterConfigOpType.Subtract);
        await ConfigBecomesAsync("cleanup.policy", "delete DynamicTopicConfig");
        await AlterAsync("retention.ms", null, AlterConfigOpType.Delete);
        await ConfigBecomesAsync("retention.ms", "604800000 DefaultConfig");
        await admin.AlterConfigsAsync(
            new Dictionary<ConfigResource, List<ConfigEntry>>
            {
                [Resource()] = [new ConfigEntry { Name = "retention.ms", Value = "7200000" }]
            });
        await ConfigBecomesAsync("retention.ms", "7200000 DynamicTopicConfig");
        Check.Same("1048588 DefaultConfig", await ConfigAsync("max.message.bytes"), "what the old way of changing did not name");
    }

    private ConfigResource Resource() => new() { Type = ResourceType.Topic, Name = topic };

    private async Task<string> ConfigAsync(string name)
    {
        ConfigEntryResult entry = (await admin.DescribeConfigsAsync([Resource()]))[0].Entries[name];
        return $"{entry.Value} {entry.Source}";
    }

    private Task ConfigBecomesAsync(string name, string expected) => Check.EventuallyAsync(
        async () => await ConfigAsync(name) is var seen && seen == expected ? null : seen, $"{name} becomes {expected}");

    private Task AlterAsync(string name, string? value, AlterConfigOpType operation) => admin.IncrementalAlterConfigsAsync(
        new Dictionary<ConfigResource, List<ConfigEntry>>
        {
            [Resource()] = [new ConfigEntry { Name = name, Value = value, IncrementalOperation = operation }]
        });

    private async Task OffsetsAndRecordsAsync()
    {
        using (IProducer<string, string> producer = broker.Producer())
        {
            for (int n = 0; n < 10; n++)
                producer.Produce(_partition, new Message<string, string>
                {
                    Value = $"v{n}",
                    Timestamp = new Timestamp(Records.FirstTimestamp + n, TimestampType.CreateTime)
                });
            producer.Flush(Limit);
        }

        Check.Same(0, await OffsetAsync(OffsetSpec.Earliest()), "earliest");
        Check.Same(10, await OffsetAsync(OffsetSpec.Latest()), "latest");
        Check.Same(9, await OffsetAsync(OffsetSpec.MaxTimestamp()), "greatest timestamp");
        Check.Same(4, await OffsetAsync(OffsetSpec.ForTimestamp(Records.FirstTimestamp + 4)), "by time");
        Check.Same(4, (await admin.DeleteRecordsAsync([new TopicPartitionOffset(_partition, 4)]))[0].Offset.Value, "low watermark");
        Check.Same(4, await OffsetAsync(OffsetSpec.Earliest()), "earliest afterwards");
        await Check.RefusedAsync(ErrorCode.OffsetOutOfRange, () => admin.DeleteRecordsAsync([new TopicPartitionOffset(_partition, 11)]),
            "deleting beyond the end");
    }

    private async Task<long> OffsetAsync(OffsetSpec spec) =>
        (await admin.ListOffsetsAsync(
            [new TopicPartitionOffsetSpec
            {
                TopicPartition = _partition,
                OffsetSpec = spec
            }])).ResultInfos[0].TopicPartitionOffsetError.Offset.Value;

    private async Task GroupsAsync()
    {
        using (IConsumer<string, string> consumer = broker.Consumer(group))
        {
            consumer.Subscribe(topic);
            Broker.Read(consumer, record => consumer.Commit() is not null, "a record");
            await Check.RefusedAsync(ErrorCode.NonEmptyGroup, () => admin.DeleteGroupsAsync([group]), "deleting a group with members");
            consumer.Close();
        }

        Check.That((await admin.ListConsumerGroupsAsync()).Valid.Any(g => g.GroupId == group), "the group is not listed");
        ConsumerGroupDescription described = (await admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions[0];
        Check.Same(ConsumerGroupState.Empty, described.State, "state");
        await admin.AlterConsumerGroupOffsetsAsync(
            [new ConsumerGroupTopicPartitionOffsets(group, [new TopicPartitionOffset(_partition, 6)])]);
        Check.Same(6, await CommittedAsync(), "set by hand");
        await admin.DeleteConsumerGroupOffsetsAsync(group, [_partition]);
        Check.Same(Offset.Unset.Value, await CommittedAsync(), "deleted");
        await admin.DeleteGroupsAsync([group]);
        await Check.RefusedAsync(ErrorCode.GroupIdNotFound, () => admin.DeleteGroupsAsync([group]), "deleting an unknown group");
    }

    private async Task<long> CommittedAsync() =>
        (await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, [_partition])]))[0].Partitions[0].Offset.Value;

    private async Task DeletionAsync()
    {
        await admin.DeleteTopicsAsync([topic]);
        await Check.EventuallyAsync(() => Task.FromResult(admin.GetMetadata(Limit).Topics.Any(t => t.Topic == topic) ? "listed" : null),
            "the topic is gone");
    }
}
