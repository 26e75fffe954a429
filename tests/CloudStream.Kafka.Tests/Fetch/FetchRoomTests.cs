using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Fetch;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Log.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Kafka.Tests.Fetch;

/// <summary>What the answers of one connection may hold until they are sent.</summary>
public sealed class FetchRoomTests(KafkaFixture kafka) : IClassFixture<KafkaFixture>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ByteBudget _answers = new(1_500_000);

    [Fact]
    public async Task A_fetch_begins_only_when_there_is_room_for_its_answer()
    {
        var handler = Handler(kafka.Host.Broker);
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var first = await (await BeginAsync(handler, Ask.Fetch(topic, 0, 0))).Response;
        Assert.Equal(1_000_000, _answers.Used);

        var second = BeginAsync(handler, Ask.Fetch(topic, 0, 0));
        Assert.False(second.IsCompleted);
        first!.Owner!.Dispose(); // As when it is sent.

        (await (await second.WaitAsync(s_patience)).Response)!.Owner!.Dispose();
        Assert.Equal(0, _answers.Used);
    }

    [Fact]
    public async Task An_answer_that_says_no_gives_its_room_back()
    {
        var handler = Handler(kafka.Host.Broker);
        var request = Ask.Fetch("unknown", 0, 0);
        (await (await BeginAsync(handler, request)).Response)!.Owner!.Dispose();
        Assert.Equal(0, _answers.Used);

        (request.SessionId, request.SessionEpoch) = (12345, 6);
        var refused = (FetchResponse)(await (await BeginAsync(handler, request)).Response)!;
        Assert.Equal(70, refused.ErrorCode); // FETCH_SESSION_ID_NOT_FOUND
        refused.Owner!.Dispose();
        Assert.Equal(0, _answers.Used);
    }

    [Fact]
    public async Task A_fetch_that_fails_gives_its_room_back()
    {
        var handler = Handler(FailingBroker.Wrap(kafka.Host.Broker, static (call, _) =>
            call == nameof(IBroker.FetchManyAsync) ? new InvalidOperationException("a defect") : null));
        var pending = await BeginAsync(handler, Ask.Fetch("unknown", 0, 0));
        Assert.Equal("a defect", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await pending.Response)).Message);
        Assert.Equal(0, _answers.Used);
    }

    private Task<PendingAnswer> BeginAsync(FetchHandler handler, FetchRequest request)
    {
        var connection = new ConnectionInfo(null, default, null) { Answers = _answers };
        return handler.BeginAsync(request, new RequestContext(connection, 11, "test", CancellationToken.None)).AsTask();
    }

    private static FetchHandler Handler(IBroker broker)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var face = new KafkaFace(broker, new KafkaOptions(), TimeProvider.System, new KafkaMetrics(meters), NullLogger.Instance);
        return new FetchHandler(face);
    }
}
