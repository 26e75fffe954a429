using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.ListOffsetsResponse;

namespace CloudStream.Kafka.Offsets;

/// <summary>ListOffsets: where logs begin, end, and reach a time.</summary>
internal sealed class ListOffsetsHandler(KafkaFace face)
    : KafkaHandler<ListOffsetsRequest>(ApiKey.ListOffsets, 1, 11)
{
    private const long Latest = -1, Earliest = -2, MaxTimestamp = -3, EarliestLocal = -4, LatestTiered = -5, EarliestPendingUpload = -6;

    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(ListOffsetsRequest request, RequestContext context)
    {
        var response = new ListOffsetsResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new Answers.ListOffsetsTopicResponse { Name = topic.Name };
            var (info, error) = await _topics.FindAsync(topic.Name, context.Ending);
            var seen = new HashSet<int>();
            var twice = topic.Partitions.Where(p => !seen.Add(p.PartitionIndex)).Select(p => p.PartitionIndex).ToHashSet();
            foreach (var partition in topic.Partitions.DistinctBy(static p => p.PartitionIndex))
            {
                answer.Partitions.Add(twice.Contains(partition.PartitionIndex) ? Refused(partition, KafkaError.InvalidRequest)
                    : info is null ? Refused(partition, error)
                    : await AnswerAsync(info, partition, context));
            }

            response.Topics.Add(answer);
        }

        return response;
    }

    private async ValueTask<Answers.ListOffsetsPartitionResponse> AnswerAsync(
        TopicInfo topic, ListOffsetsRequest.ListOffsetsPartition wanted, RequestContext context)
    {
        if (wanted.Timestamp < 0 && context.Version < FirstVersionOf(wanted.Timestamp))
            return Refused(wanted, KafkaError.UnsupportedVersion);
        if ((uint)wanted.PartitionIndex >= (uint)topic.PartitionCount)
            return Refused(wanted, KafkaError.UnknownTopicOrPartition);
        if (_topics.Check(topic, wanted.PartitionIndex, wanted.CurrentLeaderEpoch) is var error and not KafkaError.None)
            return Refused(wanted, error);

        // There is no second tier: nothing lies in it and nothing waits for it.
        if (wanted.Timestamp is LatestTiered or EarliestPendingUpload)
            return Refused(wanted, KafkaError.None);
        var spec = wanted.Timestamp == EarliestLocal ? OffsetSpec.Earliest : new OffsetSpec(wanted.Timestamp);
        var result = await face.Broker.ListOffsetAsync(new PartitionId(topic.Id, wanted.PartitionIndex), spec, context.Ending);
        return new Answers.ListOffsetsPartitionResponse
        {
            PartitionIndex = wanted.PartitionIndex,
            ErrorCode = ErrorTable.CodeOf(result.Error),
            Offset = result.Offset,
            Timestamp = result.TimestampMs,
            LeaderEpoch = context.Version >= 4 ? result.LeaderEpoch : -1,
        };
    }

    // Beyond all versions for a number that means nothing.
    private static int FirstVersionOf(long special) => special switch
    {
        Latest or Earliest => 1,
        MaxTimestamp => 7,
        EarliestLocal => 8,
        LatestTiered => 9,
        EarliestPendingUpload => 11,
        _ => int.MaxValue,
    };

    private static Answers.ListOffsetsPartitionResponse Refused(ListOffsetsRequest.ListOffsetsPartition wanted, KafkaError error) =>
        new() { PartitionIndex = wanted.PartitionIndex, ErrorCode = (short)error };
}
