namespace CloudStream.Log.Calls;

/// <summary>
/// Expected outcomes of engine calls. One table per face maps them (HTTP status, Kafka error code); a test walks each table.
/// The comment says what the caller must do.
/// </summary>
public enum ErrorCode
{
    /// <summary>Success.</summary>
    None = 0,

    // Fix the request.

    /// <summary>The request is malformed or contradicts itself.</summary>
    InvalidRequest,

    /// <summary>There is no such topic, or it is being deleted.</summary>
    UnknownTopic,

    /// <summary>The topic has no such partition.</summary>
    UnknownPartition,

    /// <summary>A topic name that Kafka does not allow (1 to 249 characters of a-z A-Z 0-9 . _ -, not "." or "..").</summary>
    InvalidTopicName,

    /// <summary>The topic exists already.</summary>
    TopicExists,

    /// <summary>A partition count outside 1..limit, or lower than the present one.</summary>
    InvalidPartitions,

    /// <summary>An unknown configuration name or a value outside its range.</summary>
    InvalidConfig,

    /// <summary>The offset is below the log start offset or above the log end offset.</summary>
    OffsetOutOfRange,

    /// <summary>A record batch is larger than <c>max.message.bytes</c>.</summary>
    MessageTooLarge,

    /// <summary>A record batch whose CRC or structure is wrong.</summary>
    CorruptMessage,

    /// <summary>A record batch of a format other than v2.</summary>
    UnsupportedFormat,

    /// <summary>A record that the topic refuses (no key on a compacted topic, a timestamp outside its bounds).</summary>
    InvalidRecord,

    /// <summary>A timestamp outside the topic's bounds.</summary>
    InvalidTimestamp,

    // The producer must act (idempotence, conditional append).

    /// <summary>The sequence number does not follow the last one.</summary>
    OutOfOrderSequence,

    /// <summary>A newer epoch of this producer id has written: this producer is a zombie.</summary>
    InvalidProducerEpoch,

    /// <summary>The log does not end at the expected offset (conditional append). Nothing was appended.</summary>
    OffsetMismatch,

    // Retry.

    /// <summary>Buffers are full. Nothing was appended; retry after the given time.</summary>
    Overloaded,

    /// <summary>The store cannot be reached or throttles. Nothing was appended; retry.</summary>
    StoreUnavailable,

    /// <summary>The append may or may not be in the log. An idempotent producer may retry safely; others may duplicate.</summary>
    OutcomeUnknown,

    /// <summary>
    /// Nothing can be written: the disk is full, or may only be read. Nothing was appended; retry when an operator has made room. Reads go
    /// on.
    /// </summary>
    NotWritable,

    /// <summary>
    /// The partition's shard cannot be read: its journal or checkpoint is damaged. Nothing was changed; it is tried again, and an operator
    /// must act.
    /// </summary>
    ShardUnreadable,

    /// <summary>The broker is shutting down. Nothing was appended; retry elsewhere or later.</summary>
    ShuttingDown,

    // Give up and tell an operator.

    /// <summary>Records are stored as their producer made them, and cannot be decoded. The batches themselves are served.</summary>
    Undecodable,

    /// <summary>What is stored is damaged or missing. It is named, counted, isolated and never served.</summary>
    CorruptStorage,

    /// <summary>A store refuses for good (permission, disk full). An operator must act.</summary>
    StoreRefused,
}
