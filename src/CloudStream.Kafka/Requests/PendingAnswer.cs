using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Requests;

/// <summary>The answer to a request that was begun: there already, to come, or never to come (produce with acks=0).</summary>
internal readonly struct PendingAnswer
{
    private readonly KafkaResponse? _ready;
    private readonly Task<KafkaResponse?>? _later;

    public PendingAnswer(KafkaResponse? ready) => _ready = ready;

    public PendingAnswer(Task<KafkaResponse?> later) => _later = later;

    public PendingAnswer(ValueTask<KafkaResponse?> answer)
    {
        if (answer.IsCompletedSuccessfully)
            _ready = answer.Result;
        else
            _later = answer.AsTask();
    }

    /// <summary>Completes when the request is settled.</summary>
    public Task Settled => _later ?? Task.CompletedTask;

    /// <summary>Whether the answer is there.</summary>
    public bool IsReady => _later is null || _later.IsCompleted;

    /// <summary>The answer; null when there is none to be sent.</summary>
    public ValueTask<KafkaResponse?> Response => _later is null ? new(_ready) : new(_later);
}
