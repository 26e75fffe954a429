using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Problems;

/// <summary>The one table from the engine's outcomes to what an HTTP client sees.</summary>
internal static class ErrorTable
{
    /// <summary>Status, problem code and title of an outcome.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The outcome is not in the table, or is <see cref="ErrorCode.None"/>.</exception>
    public static ErrorMapping Get(ErrorCode error) => error switch
    {
        ErrorCode.InvalidRequest => new(StatusCodes.Status400BadRequest, "invalid-request", "The request is invalid"),
        ErrorCode.InvalidTopicName => new(StatusCodes.Status400BadRequest, "invalid-topic-name", "The topic name is invalid"),
        ErrorCode.InvalidPartitions => new(StatusCodes.Status400BadRequest, "invalid-partitions", "The number of partitions is invalid"),
        ErrorCode.InvalidConfig => new(StatusCodes.Status400BadRequest, "invalid-config", "A setting is unknown or out of range"),
        ErrorCode.InvalidRecord => new(StatusCodes.Status400BadRequest, "invalid-record", "The topic refuses the record"),
        ErrorCode.InvalidTimestamp => new(
            StatusCodes.Status400BadRequest, "invalid-timestamp", "The timestamp is outside the topic's bounds"),
        ErrorCode.CorruptMessage => new(StatusCodes.Status400BadRequest, "corrupt-message", "A record batch is corrupt"),
        ErrorCode.UnsupportedFormat => new(StatusCodes.Status400BadRequest, "unsupported-format", "A record batch is not of format 2"),
        ErrorCode.UnknownTopic => new(StatusCodes.Status404NotFound, "unknown-topic", "There is no such topic"),
        ErrorCode.UnknownPartition => new(StatusCodes.Status404NotFound, "unknown-partition", "The topic has no such partition"),
        ErrorCode.TopicExists => new(StatusCodes.Status409Conflict, "topic-exists", "The topic exists already"),
        ErrorCode.OffsetMismatch => new(StatusCodes.Status409Conflict, "offset-mismatch", "The log does not end at the expected offset"),
        ErrorCode.OutOfOrderSequence =>
            new(StatusCodes.Status409Conflict, "out-of-order-sequence", "The sequence number does not follow the last one"),
        ErrorCode.InvalidProducerEpoch =>
            new(StatusCodes.Status409Conflict, "invalid-producer-epoch", "A newer epoch of this producer has written"),
        ErrorCode.MessageTooLarge => new(StatusCodes.Status413PayloadTooLarge, "message-too-large", "A record or batch is too large"),
        ErrorCode.OffsetOutOfRange => new(StatusCodes.Status416RangeNotSatisfiable, "offset-out-of-range", "The offset is outside the log"),
        ErrorCode.Overloaded => new(StatusCodes.Status429TooManyRequests, "overloaded", "Buffers are full; retry later"),
        ErrorCode.StoreUnavailable => new(StatusCodes.Status503ServiceUnavailable, "store-unavailable", "The store cannot be reached"),
        ErrorCode.NotWritable => new(StatusCodes.Status503ServiceUnavailable, "not-writable", "Nothing can be written"),
        ErrorCode.ShardUnreadable => new(
            StatusCodes.Status503ServiceUnavailable, "shard-unreadable", "The partition's shard cannot be read"),
        ErrorCode.ShuttingDown => new(StatusCodes.Status503ServiceUnavailable, "shutting-down", "The broker is shutting down"),
        ErrorCode.OutcomeUnknown => new(
            StatusCodes.Status503ServiceUnavailable, "outcome-unknown", "The change may or may not have happened"),
        ErrorCode.Undecodable => new(StatusCodes.Status406NotAcceptable, "undecodable", "A record batch cannot be decoded"),
        ErrorCode.CorruptStorage => new(
            StatusCodes.Status500InternalServerError, "corrupt-storage", "What is stored is damaged or missing"),
        ErrorCode.StoreRefused => new(StatusCodes.Status500InternalServerError, "store-refused", "The store refuses for good"),
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "This outcome has no place in the error table."),
    };
}
