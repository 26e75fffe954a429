using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.Fetch;

public sealed class FetchSessionTests(KafkaFixture kafka) : IClassFixture<KafkaFixture>
{
    [Fact]
    public async Task A_session_is_told_everything_first_and_then_what_changed()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client, partitions: 2);
        var first = await OpenAsync(client, topic, 0, 1);
        Assert.NotEqual(0, first.SessionId);
        Assert.Equal([0, 1], first.Responses[0].Partitions.Select(p => p.PartitionIndex));

        Assert.Empty((await NextAsync(client, first.SessionId, 1)).Responses);

        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 1, Ask.Batch("a")), 7);
        var told = await NextAsync(client, first.SessionId, 2);
        Assert.Equal(first.SessionId, told.SessionId);
        var partition = Assert.Single(told.Responses[0].Partitions);
        Assert.Equal(1, partition.PartitionIndex);
        Assert.Equal(["a"], Ask.Values(partition));
    }

    [Fact]
    public async Task A_session_takes_new_positions_and_forgets_partitions()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client, partitions: 2);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a")), 7);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 1, Ask.Batch("b")), 7);
        var session = (await OpenAsync(client, topic, 0, 1)).SessionId;

        var moved = Next(session, 1);
        moved.Topics.Add(Ask.Part(topic, 0, 1));
        moved.ForgottenTopicsData.Add(new() { Topic = topic, Partitions = [1] });
        var answer = await client.AskAsync<FetchResponse>(moved, 11);

        // Partition 0 stands at the end of its log now, and nothing else is left.
        Assert.Empty(answer.Responses);
        Assert.Empty((await NextAsync(client, session, 2)).Responses);
    }

    [Fact]
    public async Task Partitions_that_gave_records_stand_behind_the_others_next_time()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client, partitions: 2);
        var batch = Ask.Batch(new string('x', 10_000));
        foreach (var partition in (int[])[0, 0, 0, 1, 1, 1])
            await client.AskAsync<ProduceResponse>(Ask.Produce(topic, partition, batch), 7);
        var open = Ask.Fetch(topic, 0, 0, maxBytes: 1);
        open.Topics[0].Partitions.Add(new() { Partition = 1, FetchOffset = 0, PartitionMaxBytes = 1_000_000 });
        open.SessionEpoch = 0;
        var session = (await client.AskAsync<FetchResponse>(open, 11)).SessionId;

        var served = new List<int>();
        for (var epoch = 1; epoch <= 4; epoch++)
        {
            var next = Next(session, epoch);
            next.MaxBytes = 1;
            var answer = await client.AskAsync<FetchResponse>(next, 11);
            served.AddRange(
                answer.Responses.SelectMany(t => t.Partitions).Where(p => Ask.Values(p).Count > 0).Select(p => p.PartitionIndex));
        }

        Assert.Equal(2, served.Count(p => p == 0));
        Assert.Equal(2, served.Count(p => p == 1));
    }

    [Fact]
    public async Task Unknown_sessions_and_wrong_epochs_are_refused()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var session = (await OpenAsync(client, topic, 0)).SessionId;
        Assert.Equal(70, (await NextAsync(client, session ^ 1, 1)).ErrorCode);
        Assert.Equal(71, (await NextAsync(client, session, 2)).ErrorCode);
        Assert.Equal(0, (await NextAsync(client, session, 1)).ErrorCode);
        Assert.Equal(71, (await NextAsync(client, session, 1)).ErrorCode);
    }

    [Fact]
    public async Task A_closed_session_is_gone()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var session = (await OpenAsync(client, topic, 0)).SessionId;
        Assert.Equal(0, (await NextAsync(client, session, -1)).SessionId);
        Assert.Equal(70, (await NextAsync(client, session, 1)).ErrorCode);
    }

    [Fact]
    public async Task Errors_are_told_again_each_time()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var session = (await OpenAsync(client, topic, 0, 5)).SessionId;
        Assert.Equal(3, (await NextAsync(client, session, 1)).Responses[0].Partitions[0].ErrorCode);
        Assert.Equal(3, (await NextAsync(client, session, 2)).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task Without_room_for_a_session_everything_is_told_outside_of_one()
    {
        await using var host = await KafkaHost.StartAsync(o => o.MaxFetchSessions = 1);
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        Assert.NotEqual(0, (await OpenAsync(client, "t", 0)).SessionId);
        var second = await OpenAsync(client, "t", 0);
        Assert.Equal((0, 0), (second.SessionId, second.ErrorCode));
        Assert.Single(second.Responses);
    }

    private static Task<FetchResponse> OpenAsync(WireClient client, string topic, params int[] partitions)
    {
        var request = Ask.Fetch(topic, partitions[0], 0);
        request.SessionEpoch = 0;
        foreach (var partition in partitions.Skip(1))
            request.Topics[0].Partitions.Add(new() { Partition = partition, FetchOffset = 0, PartitionMaxBytes = 1_000_000 });
        return client.AskAsync<FetchResponse>(request, 11);
    }

    private static FetchRequest Next(int session, int epoch) =>
        new() { SessionId = session, SessionEpoch = epoch, MaxBytes = 1_000_000, MinBytes = 1 };

    private static Task<FetchResponse> NextAsync(WireClient client, int session, int epoch) =>
        client.AskAsync<FetchResponse>(Next(session, epoch), 11);
}
