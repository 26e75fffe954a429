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
internal sealed class FetchHandler(KafkaFace face)
    : KafkaHandler(ApiKey.Fetch, 4, 18, RequestOrder.Alongside)
{
    private const sbyte ReadCommitted = 1;

    private readonly FetchSessions _sessions = new(face.Options.MaxFetchSessions, face.Time);
    private readonly TopicLookup _topics = new(face.Broker);

    /// <inheritdoc/>
    public override async ValueTask<PendingAnswer> BeginAsync(KafkaRequest request, RequestContext context)
    {
        // Before the turn, and not given up when the connection ends: answers that are dropped give their room back, too.
        var fetch = (FetchRequest)request;
        var bytes = MaxBytes(fetch);
        if (bytes > 0)
            await context.Connection.Answers.AcquireAsync(bytes, CancellationToken.None);
        return new PendingAnswer(AnswerAsync(fetch, new FetchAnswer(context, bytes), context));
    }

    private int MaxBytes(FetchRequest request) => Math.Clamp(request.MaxBytes, 0, face.Options.MaxFetchBytes);

    private async ValueTask<KafkaResponse?> AnswerAsync(FetchRequest request, FetchAnswer answer, RequestContext context)
    {
        FetchSession? session = null;
        try
        {
            var turn = _sessions.Begin(request, context.Version);
            session = turn.Session;
            if (turn.Error != KafkaError.None)
                return answer.Refuse(turn.Error);
            await answer.PlanAsync(turn, _topics);
            var results = await FetchAsync(request, answer, context);
            return answer.Tell(turn, results, request.IsolationLevel == ReadCommitted);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
        finally
        {
            session?.EndTurn();
        }
    }

    private async ValueTask<IReadOnlyList<FetchResult>> FetchAsync(FetchRequest request, FetchAnswer answer, RequestContext context)
    {
        var options = new FetchOptions
        {
            MaxBytes = MaxBytes(request),
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
}
