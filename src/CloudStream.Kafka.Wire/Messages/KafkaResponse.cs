namespace CloudStream.Kafka.Messages;

/// <summary>What a client is answered. Its records refer to memory of others.</summary>
internal abstract class KafkaResponse : KafkaMessage
{
    /// <summary>
    /// What keeps the memory of the records valid: who sends the response disposes it once everything is sent, or will never be.
    /// </summary>
    public IDisposable? Owner { get; set; }
}
