using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.OffsetFetchResponse;

namespace CloudStream.Kafka.Groups;

/// <summary>
/// The committed offsets of one group of several in an OffsetFetch of version 8 and up; topics go by id from version 10 on.
/// </summary>
internal sealed class GroupOffsets(KafkaFace face)
{
    private const int FirstVersionById = 10;

    private readonly TopicLookup _topics = new(face.Broker);

    public async ValueTask<Answers.OffsetFetchResponseGroup> FetchAsync(
        OffsetFetchRequest.OffsetFetchRequestGroup group, bool requireStable, RequestContext context)
    {
        var answer = new Answers.OffsetFetchResponseGroup { GroupId = group.GroupId };
        var asked = group.Topics is null ? null : await ResolveAsync(answer, group.Topics, context);
        var result = await face.Broker.Groups.FetchOffsetsAsync(
            new FetchOffsetsRequest
            {
                GroupId = group.GroupId,
                Partitions = asked?.ConvertAll(static a => a.Partition),
                RequireStable = requireStable
            }, context.Ending);
        if (result.Error != GroupError.None)
            return new Answers.OffsetFetchResponseGroup { GroupId = group.GroupId, ErrorCode = GroupErrorTable.CodeOf(result.Error) };
        if (asked is null)
            AddAll(answer, result.Offsets, context);
        else
            Add(result.Offsets, asked);
        return answer;
    }

    // An answer for every topic that is asked for, in the order of the request; the partitions of those that are known are looked up.
    private async ValueTask<List<Asked>> ResolveAsync(
        Answers.OffsetFetchResponseGroup answer, List<OffsetFetchRequest.OffsetFetchRequestTopics> topics, RequestContext context)
    {
        var asked = new List<Asked>();
        foreach (var topic in topics)
        {
            var (name, error) = (topic.Name, KafkaError.None);
            if (context.Version >= FirstVersionById)
            {
                (var info, error) = await _topics.FindAsync(topic.TopicId, context.Ending);
                name = info?.Name ?? "";
            }

            var into = new Answers.OffsetFetchResponseTopics { Name = name, TopicId = topic.TopicId };
            answer.Topics.Add(into);
            foreach (var partition in topic.PartitionIndexes)
            {
                if (error == KafkaError.None)
                    asked.Add(new Asked(new TopicPartition(name, partition), into));
                else
                    into.Partitions.Add(Refused(partition, error));
            }
        }

        return asked;
    }

    private static void AddAll(Answers.OffsetFetchResponseGroup answer, IReadOnlyList<CommittedOffset> offsets, RequestContext context)
    {
        var into = new Answers.OffsetFetchResponseTopics();
        foreach (var offset in offsets)
        {
            if (answer.Topics.Count == 0 || into.Name != offset.Partition.Topic)
            {
                var id = context.Version < FirstVersionById ? null : offset.TopicId;
                into = new Answers.OffsetFetchResponseTopics { Name = offset.Partition.Topic, TopicId = id ?? Guid.Empty };
                answer.Topics.Add(into);
            }

            into.Partitions.Add(PartOf(offset));
        }
    }

    private static void Add(IReadOnlyList<CommittedOffset> offsets, List<Asked> asked)
    {
        for (var i = 0; i < asked.Count; i++)
        {
            // Asked by id, and the name means another topic by now: that one's offsets are none of it.
            var (into, offset) = (asked[i].Into, offsets[i]);
            var isAnother = into.TopicId != Guid.Empty && offset.TopicId is { } found && found != into.TopicId;
            into.Partitions.Add(isAnother ? Refused(asked[i].Partition.Partition, KafkaError.UnknownTopicId) : PartOf(offset));
        }
    }

    private static Answers.OffsetFetchResponsePartitions Refused(int partition, KafkaError error) =>
        new() { PartitionIndex = partition, CommittedOffset = -1, Metadata = "", ErrorCode = (short)error };

    private static Answers.OffsetFetchResponsePartitions PartOf(in CommittedOffset offset) => new()
    {
        PartitionIndex = offset.Partition.Partition,
        CommittedOffset = offset.Offset,
        CommittedLeaderEpoch = offset.LeaderEpoch,
        Metadata = offset.Metadata,
        ErrorCode = GroupErrorTable.CodeOf(offset.Error),
    };

    private readonly record struct Asked(TopicPartition Partition, Answers.OffsetFetchResponseTopics Into);
}
