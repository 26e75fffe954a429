using System.Text.Json.Serialization;
using CloudStream.Client.Admin;
using CloudStream.Client.DependencyInjection;
using CloudStream.Records.Compression;
using Microsoft.Extensions.DependencyInjection;

#pragma warning disable CA1303, CS1998

namespace CloudStream.Client.Tests.Samples;

/// <summary>What the samples of the SDK's README show, run. A region's text stands in the block of its name.</summary>
internal static class ReadmeSamples
{
    public static CloudStreamClient Connect()
    {
        // #region connect
        var client = new CloudStreamClient("http://cloudstream.example.com:8098");
        // #endregion
        return client;
    }

    public static async Task AdminAsync(CloudStreamClient client)
    {
        // #region admin
        await client.Admin.CreateTopicAsync("orders", partitions: 6, new Dictionary<string, string>
        {
            ["retention.ms"] = "604800000",
        });

        foreach (var topic in await client.Admin.ListTopicsAsync())
            Console.WriteLine($"{topic.Name}: {topic.PartitionCount} partitions");

        var ends = await client.Admin.GetWatermarksAsync(new TopicPartition("orders", 0));
        Console.WriteLine($"orders[0] holds offsets {ends.Low} to {ends.High - 1}");
        // #endregion
    }

    public static async Task ProduceAsync(CloudStreamClient client)
    {
        // #region produce
        await using var producer = client.CreateProducer<string, string>();

        var result = await producer.ProduceAsync("orders", new Message<string, string>
        {
            Key = "customer-17",
            Value = "two apples",
            Headers = new Headers { { "source", "web" } },
        });
        Console.WriteLine($"acknowledged at {result.TopicPartitionOffset}");
        // #endregion
    }

    public static async Task ProduceManyAsync(CloudStreamClient client)
    {
        // #region produce-many
        await using var producer = client.CreateProducer<long, string>(new ProducerOptions
        {
            Linger = TimeSpan.FromMilliseconds(20),
            Compression = CompressionType.Gzip,
        });

        for (var i = 0L; i < 100_000; i++)
            await producer.EnqueueAsync("orders", new Message<long, string> { Key = i % 1_000, Value = $"order {i}" });

        // Throws if one of them was not delivered. A handler per record can be given to EnqueueAsync instead.
        await producer.FlushAsync();
        // #endregion
    }

    public static async Task ConsumeAsync(CloudStreamClient client, CancellationTokenSource stop)
    {
        // #region consume
        await using var consumer = client.CreateConsumer<string, string>();
        await consumer.AssignAsync("orders", Offset.Beginning, stop.Token);

        await foreach (var record in consumer.ConsumeAsync(stop.Token))
            Console.WriteLine($"{record.TopicPartitionOffset} {record.Key}: {record.Value}");
        // #endregion
    }

    public static async Task SeekAsync(CloudStreamClient client)
    {
        // #region seek
        await using var consumer = client.CreateConsumer<string, string>(new ConsumerOptions
        {
            StopAtEnd = true,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        });
        var partition = new TopicPartition("orders", 0);
        await consumer.AssignAsync(partition, Offset.At(DateTimeOffset.UtcNow.AddHours(-1)));

        var rereads = 0;
        await foreach (var record in consumer.ConsumeAsync())
        {
            if (record.Value == "two apples" && rereads++ == 0)
                consumer.Seek(record.TopicPartitionOffset); // the same record again
        }

        Console.WriteLine($"read up to {consumer.Position(partition)}");
        // #endregion
    }

    public static async Task<long> BatchesAsync(CloudStreamClient client)
    {
        // #region batches
        await using var consumer = client.CreateConsumer(new ConsumerOptions { StopAtEnd = true });
        await consumer.AssignAsync("orders", Offset.Beginning);

        long bytes = 0;
        await foreach (var batches in consumer.ConsumeBatchesAsync())
        {
            using var records = batches.OpenRecords();
            while (records.TryRead(out var record))
                bytes += record.Value?.Length ?? 0;
        }

        Console.WriteLine($"{bytes} bytes of values");
        // #endregion
        return bytes;
    }

    public static async Task GroupAsync(CloudStreamClient client, CancellationTokenSource stop)
    {
        // #region group
        await using var consumer = client.CreateGroupConsumer<string, string>("billing", new GroupConsumerOptions
        {
            AutoOffsetReset = AutoOffsetReset.Earliest,
            PartitionsAssigned = (partitions, _) =>
            {
                Console.WriteLine($"reading {string.Join(", ", partitions)}");
                return ValueTask.CompletedTask;
            },
        });
        consumer.Subscribe("orders");

        await foreach (var record in consumer.ConsumeAsync(stop.Token))
            Console.WriteLine($"{record.TopicPartitionOffset} {record.Key}: {record.Value}");
        // #endregion
    }

    public static async Task GroupAdminAsync(CloudStreamClient client)
    {
        // #region group-admin
        var group = await client.Admin.DescribeGroupAsync("billing");
        Console.WriteLine($"{group.Group} is {group.State} and {group.Lag} records behind");

        foreach (var move in await client.Admin.ResetGroupOffsetsAsync("billing", OffsetReset.To(Offset.Beginning) with { DryRun = true }))
            Console.WriteLine($"{move.Partition} would go from {move.Before} to {move.Offset}");
        // #endregion
    }

    public static async Task JsonAsync(CloudStreamClient client)
    {
        // #region json
        await using var producer = client.CreateProducer<string, Order>(
            valueSerializer: Serializers.Json(OrderContext.Default.Order));
        await producer.ProduceAsync("json-orders", new Message<string, Order> { Key = "o-1", Value = new Order("apple", 2) });

        await using var consumer = client.CreateConsumer<string, Order>(
            new ConsumerOptions { StopAtEnd = true }, valueDeserializer: Deserializers.Json(OrderContext.Default.Order));
        await consumer.AssignAsync("json-orders", Offset.Beginning);
        await foreach (var record in consumer.ConsumeAsync())
            Console.WriteLine($"{record.Value.Count} x {record.Value.Item}");
        // #endregion
    }

    public static async Task InjectAsync(Uri server)
    {
        // #region inject
        var services = new ServiceCollection();
        services.AddCloudStream(options => options.Server = server);
        services.AddCloudStreamProducer<string, string>();
        services.AddCloudStreamGroupConsumer<string, string>(
            "shipping", ["parcels"], options => options.AutoOffsetReset = AutoOffsetReset.Earliest);

        await using var provider = services.BuildServiceProvider();
        var producer = provider.GetRequiredService<Producer<string, string>>();
        await producer.ProduceAsync("parcels", new Message<string, string> { Key = "customer-17", Value = "three pears" });

        var consumer = provider.GetRequiredService<GroupConsumer<string, string>>();
        await foreach (var record in consumer.ConsumeAsync())
        {
            Console.WriteLine($"{record.Key} gets {record.Value}");
            break;
        }
        // #endregion
    }

    public static async Task<ErrorCode> ErrorsAsync(CloudStreamClient client)
    {
        // #region errors
        try
        {
            await client.Admin.DescribeTopicAsync("no-such-topic");
        }
        catch (CloudStreamException e) when (e.ErrorCode == ErrorCode.UnknownTopic)
        {
            Console.WriteLine($"{e.Message} (retriable: {e.IsRetriable}, may have happened: {e.MayHaveHappened})");
        }
        // #endregion
        return ErrorCode.UnknownTopic;
    }
}

// #region json-types
internal sealed record Order(string Item, int Count);

[JsonSerializable(typeof(Order))]
internal sealed partial class OrderContext : JsonSerializerContext;
// #endregion
