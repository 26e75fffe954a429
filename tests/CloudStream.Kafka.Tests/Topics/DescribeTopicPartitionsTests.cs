using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.Topics;

public sealed class DescribeTopicPartitionsTests
{
    [Theory]
    [InlineData(1, 14)]
    [InlineData(2, 7)]
    [InlineData(5, 3)]
    [InlineData(14, 1)]
    [InlineData(100, 1)]
    public async Task Every_partition_is_told_once_however_small_the_broker_makes_the_pages(int limit, int pages)
    {
        await using var host = await KafkaHost.StartAsync(o => o.MaxDescribedPartitions = limit);
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("one", 1), 5);
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("two", 5), 5);
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("three", 8), 5);

        var told = new List<string>();
        var request = new DescribeTopicPartitionsRequest { ResponsePartitionLimit = 2000 };
        for (var page = 1; ; page++)
        {
            var answer = await client.AskAsync<DescribeTopicPartitionsResponse>(request, 0);
            told.AddRange(answer.Topics.SelectMany(static t => t.Partitions.Select(p => $"{t.Name} {p.PartitionIndex}")));
            if (answer.NextCursor is not { } next)
            {
                Assert.Equal(pages, page);
                break;
            }

            request.Cursor = new() { TopicName = next.TopicName, PartitionIndex = next.PartitionIndex };
        }

        Assert.Equal(
            ["one 0", "three 0", "three 1", "three 2", "three 3", "three 4", "three 5", "three 6", "three 7", "two 0", "two 1", "two 2",
                "two 3", "two 4"],
            told);
    }

    [Fact]
    public async Task A_topic_that_was_deleted_since_the_page_before_is_told_as_gone()
    {
        await using var host = await KafkaHost.StartAsync();
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("a", 2), 5);
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("b", 2), 5);
        var request = new DescribeTopicPartitionsRequest
        {
            Topics = [new() { Name = "a" }, new() { Name = "b" }],
            ResponsePartitionLimit = 3
        };
        var first = await client.AskAsync<DescribeTopicPartitionsResponse>(request, 0);
        Assert.Equal(("b", 1), (first.NextCursor!.TopicName, first.NextCursor.PartitionIndex));

        Assert.Equal(
            0,
            (await client.AskAsync<DeleteTopicsResponse>(
                new DeleteTopicsRequest { TopicNames = ["b"], TimeoutMs = 30_000 }, 5)).Responses[0].ErrorCode);
        request.Cursor = new() { TopicName = "b", PartitionIndex = 1 };
        var second = Assert.Single((await client.AskAsync<DescribeTopicPartitionsResponse>(request, 0)).Topics);
        Assert.Equal(("b", 3), (second.Name, second.ErrorCode));
        Assert.Empty(second.Partitions);
    }
}
