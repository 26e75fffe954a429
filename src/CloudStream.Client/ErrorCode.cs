namespace CloudStream.Client;

/// <summary>
/// Why a call failed. The broker's codes carry its names (kebab-case on the wire); the rest arise in the client. What the engine says of
/// the log comes first and has the engine's numbers.
/// </summary>
public enum ErrorCode
{
    /// <summary>Success.</summary>
    None = 0,

    /// <summary>The request is malformed or contradicts itself.</summary>
    InvalidRequest,

    /// <summary>There is no such topic, or it is being deleted.</summary>
    UnknownTopic,

    /// <summary>The topic has no such partition.</summary>
    UnknownPartition,

    /// <summary>A topic name that Kafka does not allow.</summary>
    InvalidTopicName,

    /// <summary>The topic exists already.</summary>
    TopicExists,

    /// <summary>A partition count outside the limits, or lower than the present one.</summary>
    InvalidPartitions,

    /// <summary>An unknown configuration name or a value outside its range.</summary>
    InvalidConfig,

    /// <summary>The offset is below the log start offset or above the log end offset.</summary>
    OffsetOutOfRange,

    /// <summary>A record or record batch is larger than <c>max.message.bytes</c>, or than the producer's buffer.</summary>
    MessageTooLarge,

    /// <summary>A record batch whose CRC or structure is wrong.</summary>
    CorruptMessage,

    /// <summary>A record batch of a format that the broker does not take.</summary>
    UnsupportedFormat,

    /// <summary>A record that the topic refuses.</summary>
    InvalidRecord,

    /// <summary>A timestamp outside the topic's bounds.</summary>
    InvalidTimestamp,

    /// <summary>The sequence number does not follow the last one that the broker knows.</summary>
    OutOfOrderSequence,

    /// <summary>A newer epoch of this producer id has written.</summary>
    InvalidProducerEpoch,

    /// <summary>The log does not end at the expected offset (conditional append).</summary>
    OffsetMismatch,

    /// <summary>The broker's buffers are full. Nothing was appended.</summary>
    Overloaded,

    /// <summary>The broker's store cannot be reached. Nothing was appended.</summary>
    StoreUnavailable,

    /// <summary>The append may or may not be in the log.</summary>
    OutcomeUnknown,

    /// <summary>The broker can write nothing: its disk is full, or may only be read. Nothing was appended.</summary>
    NotWritable,

    /// <summary>The partition's shard cannot be read. Nothing was changed.</summary>
    ShardUnreadable,

    /// <summary>The broker is shutting down. Nothing was appended.</summary>
    ShuttingDown,

    /// <summary>
    /// Records are stored as their producer made them, and the broker cannot decode them. The batches themselves are served.
    /// </summary>
    Undecodable,

    /// <summary>Stored bytes fail their checks.</summary>
    CorruptStorage,

    /// <summary>The broker's store refuses for good; an operator must act.</summary>
    StoreRefused,

    /// <summary>Another broker coordinates the group. Clients go there by themselves.</summary>
    NotCoordinator,

    /// <summary>Nobody coordinates the group now.</summary>
    CoordinatorUnavailable,

    /// <summary>The group's coordinator is busy with it.</summary>
    CoordinatorLoading,

    /// <summary>Offsets of a transaction are pending for the partition.</summary>
    UnstableOffset,

    /// <summary>The group forms a new generation; a consumer joins it with the next record that is asked for.</summary>
    RebalanceInProgress,

    /// <summary>The group has no such member: it was silent for too long, or has left.</summary>
    UnknownMember,

    /// <summary>The member's generation is over.</summary>
    IllegalGeneration,

    /// <summary>The member must join again with the id that it was given.</summary>
    MemberIdRequired,

    /// <summary>Another process has taken the static member's instance id.</summary>
    FencedInstance,

    /// <summary>The group's members have no assignor in common with this one, or are no consumers.</summary>
    InconsistentGroupProtocol,

    /// <summary>The session timeout is outside the broker's limits.</summary>
    InvalidSessionTimeout,

    /// <summary>The group has as many members as it may have.</summary>
    GroupFull,

    /// <summary>A group's name that is empty or too long.</summary>
    InvalidGroupId,

    /// <summary>There is no such group.</summary>
    UnknownGroup,

    /// <summary>The group has members, and what was asked for is done to groups without any.</summary>
    GroupNotEmpty,

    /// <summary>A member of the group is subscribed to the topic.</summary>
    GroupSubscribed,

    /// <summary>The metadata that came with an offset is too long.</summary>
    OffsetMetadataTooLarge,

    /// <summary>The group's offsets would outgrow what can be stored of a group.</summary>
    OffsetsTooLarge,

    /// <summary>No server could be connected to. Nothing was sent.</summary>
    ConnectionFailed,

    /// <summary>The connection broke, or the reply did not come in time, after the request was sent.</summary>
    ReplyLost,

    /// <summary>The record was not acknowledged within the delivery timeout.</summary>
    DeliveryTimedOut,

    /// <summary>The producer or consumer was disposed before it was done.</summary>
    Closed,

    /// <summary>A key or value could not be serialised.</summary>
    SerializationFailed,

    /// <summary>A key or value could not be deserialised.</summary>
    DeserializationFailed,

    /// <summary>The reply makes no sense for a CloudStream broker; is the URL right?</summary>
    InvalidReply,
}
