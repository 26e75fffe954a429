using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Requests;

/// <summary>A handler that needs nothing of the frame once the request is parsed: all but produce.</summary>
internal abstract class KafkaHandler<TRequest>(ApiKey key, short minVersion, short maxVersion, RequestOrder order = RequestOrder.InTurn)
    : KafkaHandler(key, minVersion, maxVersion, order)
    where TRequest : KafkaRequest
{
    /// <inheritdoc/>
    public sealed override async ValueTask<PendingAnswer> BeginAsync(KafkaRequest request, RequestContext context)
    {
        var answer = HandleAsync((TRequest)request, context);
        return answer.IsCompletedSuccessfully
            || Order == RequestOrder.InTurn ? new PendingAnswer(await answer) : new PendingAnswer(Widen(answer));
    }

    /// <summary>Answers.</summary>
    protected abstract ValueTask<KafkaResponse> HandleAsync(TRequest request, RequestContext context);

    private static async Task<KafkaResponse?> Widen(ValueTask<KafkaResponse> answer) => await answer;
}
