using CloudStream.Log.Calls;

namespace CloudStream.Kafka.Errors;

/// <summary>The one table from the engine's outcomes to what a Kafka client sees.</summary>
internal static class ErrorTable
{
    /// <summary>Kafka's code for an outcome.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The outcome is not in the table.</exception>
    public static KafkaError Get(ErrorCode error) => error switch
    {
        ErrorCode.None => KafkaError.None,
        ErrorCode.InvalidRequest => KafkaError.InvalidRequest,
        ErrorCode.UnknownTopic or ErrorCode.UnknownPartition => KafkaError.UnknownTopicOrPartition,
        ErrorCode.InvalidTopicName => KafkaError.InvalidTopic,
        ErrorCode.TopicExists => KafkaError.TopicAlreadyExists,
        ErrorCode.InvalidPartitions => KafkaError.InvalidPartitions,
        ErrorCode.InvalidConfig => KafkaError.InvalidConfig,
        ErrorCode.OffsetOutOfRange => KafkaError.OffsetOutOfRange,
        ErrorCode.MessageTooLarge => KafkaError.MessageTooLarge,
        ErrorCode.CorruptMessage => KafkaError.CorruptMessage,

        // As Kafka says of formats 0 and 1 in a produce request that asks for 2.
        ErrorCode.UnsupportedFormat or ErrorCode.InvalidRecord or ErrorCode.Undecodable => KafkaError.InvalidRecord,
        ErrorCode.InvalidTimestamp => KafkaError.InvalidTimestamp,
        ErrorCode.OutOfOrderSequence => KafkaError.OutOfOrderSequenceNumber,
        ErrorCode.InvalidProducerEpoch => KafkaError.InvalidProducerEpoch,
        ErrorCode.OffsetMismatch => KafkaError.InvalidRequest,

        // Retriable, and every client knows that nothing was appended.
        ErrorCode.Overloaded => KafkaError.NotEnoughReplicas,

        // Retriable after a look at the metadata; nothing was appended.
        ErrorCode.StoreUnavailable or ErrorCode.StoreRefused or ErrorCode.NotWritable or ErrorCode.ShardUnreadable =>
            KafkaError.KafkaStorageError,
        ErrorCode.ShuttingDown => KafkaError.NotLeaderOrFollower,

        // Retriable, and every client knows that the records may have been appended.
        ErrorCode.OutcomeUnknown => KafkaError.RequestTimedOut,
        ErrorCode.CorruptStorage => KafkaError.CorruptMessage,
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "This outcome has no place in the error table."),
    };

    /// <summary>The same as it goes onto the wire; a topic that was asked for by its id is unknown by that.</summary>
    public static short CodeOf(ErrorCode error, bool byId) =>
        (short)(byId && error == ErrorCode.UnknownTopic ? KafkaError.UnknownTopicId : Get(error));

    /// <summary>The same as it goes onto the wire.</summary>
    public static short CodeOf(ErrorCode error) => (short)Get(error);
}
