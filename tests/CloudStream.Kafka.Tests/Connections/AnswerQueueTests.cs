using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using CloudStream.Kafka.Connections;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Kafka.Tests.Connections;

public sealed class AnswerQueueTests
{
    private readonly List<int> _sent = [];
    private readonly List<Exception> _broken = [];

    [Fact]
    public async Task Answers_before_one_that_cannot_be_made_are_sent()
    {
        var (queue, running) = Start();
        var first = new TaskCompletionSource<KafkaResponse?>();
        await queue.AddAsync(Answer(1, new PendingAnswer(first.Task)));
        await queue.AddAsync(Answer(2, new PendingAnswer(new HeartbeatResponse())));
        await queue.AddAsync(Answer(3, new PendingAnswer(Task.FromException<KafkaResponse?>(new IOException("an append failed")))));
        await queue.AddAsync(Answer(4, new PendingAnswer(new HeartbeatResponse())));

        first.SetResult(new HeartbeatResponse());

        queue.Complete();
        await running;
        Assert.Equal([1, 2], _sent);
        Assert.Equal("an append failed", Assert.Single(_broken).Message);
        Assert.Equal((true, false, 2), (queue.IsIdle, queue.HasFailedToSend, queue.Sends));
    }

    [Fact]
    public async Task Answers_before_one_that_cannot_be_written_are_sent_without_a_byte_of_it()
    {
        var (queue, running) = Start();
        var first = new TaskCompletionSource<KafkaResponse?>();
        await queue.AddAsync(Answer(1, new PendingAnswer(first.Task)));
        await queue.AddAsync(Answer(2, new PendingAnswer(new MetadataResponse { Topics = null! }), ApiKey.Metadata));

        first.SetResult(new HeartbeatResponse());

        queue.Complete();
        await running;
        Assert.Equal([1], _sent);
        Assert.Single(_broken);
    }

    private static Answer Answer(int correlation, PendingAnswer pending, ApiKey api = ApiKey.Heartbeat) =>
        new(KafkaApis.Get(api), 0, correlation, pending);

    private (AnswerQueue Queue, Task Running) Start()
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var face = new KafkaFace(null!, new KafkaOptions(), TimeProvider.System, new KafkaMetrics(meters), NullLogger.Instance);
        var queue = new AnswerQueue(face, new Sink(_sent));
        return (queue, queue.RunAsync(_broken.Add));
    }

    /// <summary>Notes the correlation ids of whole frames.</summary>
    private sealed class Sink(List<int> sent) : IAnswerSink
    {
        public ValueTask SendAsync(ReadOnlySequence<byte> answer)
        {
            var bytes = answer.ToArray().AsSpan();
            while (!bytes.IsEmpty)
            {
                var size = BinaryPrimitives.ReadInt32BigEndian(bytes);
                sent.Add(BinaryPrimitives.ReadInt32BigEndian(bytes[4..]));
                bytes = bytes[(4 + size)..];
            }

            return ValueTask.CompletedTask;
        }
    }
}
