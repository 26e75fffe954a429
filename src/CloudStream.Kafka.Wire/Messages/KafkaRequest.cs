namespace CloudStream.Kafka.Messages;

/// <summary>
/// What a client asks. Its records are slices of the frame that it was read from, and valid as long as that; everything else is its own.
/// </summary>
internal abstract class KafkaRequest : KafkaMessage;
