namespace CloudStream.Client.Producing;

/// <summary>Whom to tell about a record. Records that nobody asked about have none.</summary>
/// <param name="Index">The record's place in its batch.</param>
/// <param name="Sink">A <see cref="TaskCompletionSource{TResult}"/> of <see cref="DeliveryResult"/>, or an action that takes a
/// <see cref="DeliveryReport"/>.</param>
/// <param name="State">The caller's own, handed to the action.</param>
/// <param name="TimestampMs">The record's timestamp.</param>
internal readonly record struct Delivery(int Index, object Sink, object? State, long TimestampMs)
{
    public void Succeed(TopicPartition partition, long baseOffset, long? logAppendTime)
    {
        var result = new DeliveryResult(partition.Topic, partition.Partition, baseOffset + Index, logAppendTime ?? TimestampMs);
        if (Sink is TaskCompletionSource<DeliveryResult> waiting)
            waiting.TrySetResult(result);
        else
            ((Action<DeliveryReport>)Sink)(new DeliveryReport { Result = result, State = State });
    }

    public void Fail(TopicPartition partition, ProduceException error)
    {
        if (Sink is TaskCompletionSource<DeliveryResult> waiting)
            waiting.TrySetException(error);
        else
            ((Action<DeliveryReport>)Sink)(Failure(partition, error));
    }

    private DeliveryReport Failure(TopicPartition partition, ProduceException error) => new()
    {
        Result = new DeliveryResult(partition.Topic, partition.Partition, -1, TimestampMs),
        Error = error,
        State = State,
    };
}
