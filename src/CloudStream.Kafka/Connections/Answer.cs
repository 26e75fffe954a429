using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;

namespace CloudStream.Kafka.Connections;

/// <summary>One request that was begun, in its place in the line of answers.</summary>
/// <param name="Api">The API.</param>
/// <param name="Version">The version of the answer's body.</param>
/// <param name="CorrelationId">That of the request; null for the answer to a bare token, which has no header either.</param>
/// <param name="Pending">The answer.</param>
internal readonly record struct Answer(KafkaApi Api, short Version, int? CorrelationId, PendingAnswer Pending);
