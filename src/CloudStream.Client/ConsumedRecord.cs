using CloudStream.Records;

namespace CloudStream.Client;

/// <summary>
/// A record as bytes, and where it was read. The bytes are the consumer's: they are valid until the next record is asked for.
/// </summary>
/// <param name="TopicPartition">Where it was read.</param>
/// <param name="Record">The record; <see cref="Records.Record.Copy"/> keeps it.</param>
public readonly record struct ConsumedRecord(TopicPartition TopicPartition, Record Record);
