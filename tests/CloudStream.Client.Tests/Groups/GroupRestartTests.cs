using System.Net.Http.Headers;
using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Groups;

/// <summary>The broker goes away in the middle and comes back on the same stores.</summary>
public sealed class GroupRestartTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_never_reads_the_id_that_it_was_given_leaves_no_member_behind()
    {
        await using var host = new BrokerHost();
        await host.StartAsync();
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client);
        using (var ghost = new HttpClient())
        {
            var join = new StringContent($$"""{"topics":["{{topic}}"],"wait":0}""", new MediaTypeHeaderValue("application/json"));
            (await ghost.PostAsync(new Uri(host.Address, "/v1/groups/g/members"), join, Token)).EnsureSuccessStatusCode();
            await ghost.GetAsync(new Uri(host.Address, "/v1/groups/g"), Token);
        }

        await host.StopAsync();
        await host.StartAsync();
        var options = GroupConsumerTests.Options();
        options.Reading.StopAtEnd = false;
        await using var member = client.CreateGroupConsumer<int, int>("g", options);
        member.Subscribe(topic);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reading = member.ConsumeAsync(enough.Token).GetAsyncEnumerator(enough.Token).MoveNextAsync().AsTask();

        // A member of the register would be waited for until its session of 45 s is over.
        await Eventually.HoldsAsync(() => member.Assignment.Count == 1, Token);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Theory]
    [InlineData("range")]
    [InlineData("cooperative-sticky")]
    public async Task Members_join_again_by_themselves_and_no_record_is_skipped_while_the_broker_restarts(string assignor)
    {
        const int Count = 9_000;
        await using var host = new BrokerHost();
        await host.StartAsync();
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client, 4);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seen = new SeenOnce(Count, enough);

        Task[] reading = [ReadAsync(), ReadAsync()];
        await using var producer = client.CreateProducer<int, int>(
            new ProducerOptions { BatchBytes = 2 * 1024, Linger = TimeSpan.FromMilliseconds(1) });
        for (var i = 0; i < Count; i++)
        {
            if (i is 3_000 or 6_000)
            {
                await host.StopAsync();
                await host.StartAsync();
            }

            await producer.EnqueueAsync(topic, new Message<int, int> { Key = i % 50, Value = i }, cancellationToken: Token);
        }

        await producer.FlushAsync(Token);
        await seen.AllAsync(Token);
        await Task.WhenAll(reading);

        Assert.Equal(Enumerable.Range(0, Count), seen.Values);

        async Task ReadAsync()
        {
            var options = GroupConsumerTests.Options();
            options.Reading.StopAtEnd = false;
            options.PartitionAssignmentStrategy = [assignor];
            options.AutoCommitInterval = TimeSpan.FromMilliseconds(50);
            await using var consumer = client.CreateGroupConsumer<int, int>("g", options);
            consumer.Subscribe(topic);
            try
            {
                await foreach (var result in consumer.ConsumeAsync(enough.Token))
                    seen.Add(result.Value);
            }
            catch (OperationCanceledException) when (enough.IsCancellationRequested)
            {
                // All is read.
            }
        }
    }
}
