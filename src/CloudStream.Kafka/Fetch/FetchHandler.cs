using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;

namespace CloudStream.Kafka.Fetch;

/// <summary>
/// Fetch. Which partitions are meant is the session's to say (KIP-227), whether they are answered here the answer's; the engine waits and
/// finds, and the answer refers to its memory until it is sent.
/// </summary>
internal sealed class FetchHandler(KafkaFace face, ClusterView cluster)
    : KafkaHandler(ApiKey.Fetch, 4, 18, RequestOrder.Alongside)
{
    private const sbyte ReadCommitted = 1;

    private readonly FetchSessions _sessions = new(face.Options.MaxFetchSessions, face.Time);
    private readonly TopicLookup _topics = new(face.Broker);

    /// <inheritdoc/>
    public override long AnswerBytes(KafkaRequest request) => Math.Max(0, ((FetchRequest)request).MaxBytes);

    /// <inheritdoc/>
    public override ValueTask<PendingAnswer> BeginAsync(KafkaRequest request, RequestContext context) =>
        new(new PendingAnswer(AnswerAsync((FetchRequest)request, context)));

    private async ValueTask<KafkaResponse?> AnswerAsync(FetchRequest request, RequestContext context)
    {
        var turn = _sessions.Begin(request, context.Version);
        if (turn.Error != KafkaError.None)
            return new FetchResponse { ErrorCode = (short)turn.Error };
        try
        {
            var answer = new FetchAnswer(turn, context);
            await answer.PlanAsync(_topics);
            var results = await FetchAsync(request, answer, context);
            return Tell(answer, results, request);
        }
        finally
        {
            turn.Session?.EndTurn();
        }
    }

    private async ValueTask<IReadOnlyList<FetchResult>> FetchAsync(FetchRequest request, FetchAnswer answer, RequestContext context)
    {
        var options = new FetchOptions
        {
            MaxBytes = Math.Clamp(request.MaxBytes, 0, face.Options.MaxFetchBytes),
            MinBytes = request.MinBytes,
            TakesFiles = context.Connection.TakesFiles,
            MaxWait = answer.HasErrors || answer.Wanted.Count == 0
                || request.MaxWaitMs <= 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(request.MaxWaitMs),
        };
        try
        {
            return await face.Broker.FetchManyAsync(answer.Wanted, options, context.Ending);
        }
        catch (OperationCanceledException) when (context.Ending.IsCancellationRequested)
        {
            // The server stops: the client is told what there is, which is little or nothing, and goes elsewhere. So little waits for no
            // room.
            options = options with { MaxWait = TimeSpan.Zero, MaxBytes = Math.Min(options.MaxBytes, 1) };
            return await face.Broker.FetchManyAsync(answer.Wanted, options, CancellationToken.None);
        }
    }

    private FetchResponse Tell(FetchAnswer answer, IReadOnlyList<FetchResult> results, FetchRequest request)
    {
        try
        {
            return answer.Tell(results, request.IsolationLevel == ReadCommitted, cluster);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }
}
