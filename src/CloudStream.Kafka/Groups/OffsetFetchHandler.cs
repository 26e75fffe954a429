using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.OffsetFetchResponse;

namespace CloudStream.Kafka.Groups;

/// <summary>
/// OffsetFetch: how far groups have come. A group or partition of which nothing is known has offset -1, which is no error. One group up to
/// version 7, several from 8 on (KIP-709).
/// </summary>
internal sealed class OffsetFetchHandler(KafkaFace face) : KafkaHandler<OffsetFetchRequest>(ApiKey.OffsetFetch, 1, 10)
{
    private const int FirstVersionWithError = 2, FirstBatchedVersion = 8;

    private readonly GroupOffsets _groups = new(face);

    protected override async ValueTask<KafkaResponse> HandleAsync(OffsetFetchRequest request, RequestContext context)
    {
        var response = new OffsetFetchResponse();
        if (context.Version < FirstBatchedVersion)
        {
            await AddAsync(response, request, context);
            return response;
        }

        foreach (var group in request.Groups)
            response.Groups.Add(await _groups.FetchAsync(group, request.RequireStable, context));
        return response;
    }

    private async ValueTask AddAsync(OffsetFetchResponse response, OffsetFetchRequest request, RequestContext context)
    {
        List<TopicPartition>? partitions = request.Topics is null
            ? null
            : [.. request.Topics.SelectMany(static t => t.PartitionIndexes, static (t, p) => new TopicPartition(t.Name, p))];
        var result = await face.Broker.Groups.FetchOffsetsAsync(
            new FetchOffsetsRequest { GroupId = request.GroupId, Partitions = partitions, RequireStable = request.RequireStable },
            context.Ending);
        var offsets = result.Offsets;
        if (result.Error != GroupError.None)
        {
            response.ErrorCode = GroupErrorTable.CodeOf(result.Error);

            // Version 1 has no place for the error but the partitions.
            offsets = context.Version >= FirstVersionWithError
                || partitions is null ? [] : partitions.ConvertAll(p => new CommittedOffset(p, result.Error));
        }

        foreach (var offset in offsets)
        {
            // Partitions of a topic follow one another, in the request and in the list of all.
            if (response.Topics.Count == 0 || response.Topics[^1].Name != offset.Partition.Topic)
                response.Topics.Add(new Answers.OffsetFetchResponseTopic { Name = offset.Partition.Topic });
            response.Topics[^1].Partitions.Add(new Answers.OffsetFetchResponsePartition
            {
                PartitionIndex = offset.Partition.Partition,
                CommittedOffset = offset.Offset,
                CommittedLeaderEpoch = offset.LeaderEpoch,
                Metadata = offset.Metadata,
                ErrorCode = GroupErrorTable.CodeOf(offset.Error),
            });
        }
    }
}
