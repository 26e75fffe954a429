using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Storage;
using Answers = CloudStream.Kafka.Messages.DescribeTopicPartitionsResponse;

namespace CloudStream.Kafka.Topics;

/// <summary>DescribeTopicPartitions: topics and their partitions by name, a page at a time (KIP-966). Creates nothing.</summary>
internal sealed class DescribeTopicPartitionsHandler(KafkaFace face)
    : KafkaHandler<DescribeTopicPartitionsRequest>(ApiKey.DescribeTopicPartitions, 0, 0)
{
    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(DescribeTopicPartitionsRequest request, RequestContext context)
    {
        if (IsWrong(request))
            return Refused(request);
        var from = request.Cursor is { } cursor ? (cursor.TopicName, cursor.PartitionIndex) : ("", 0);

        // As in Kafka, a page has a partition at least.
        var page = new PartitionPage(Math.Max(1, Math.Min(request.ResponsePartitionLimit, face.Options.MaxDescribedPartitions)), from);
        if (request.Topics.Count == 0)
            await AddAllAsync(page, context);
        else
            await AddAsync(page, request, context);
        return page.Response;
    }

    private async ValueTask AddAllAsync(PartitionPage page, RequestContext context)
    {
        foreach (var topic in await ListAsync(context))
        {
            if (!page.IsBefore(topic.Name) && !Add(page, topic))
                return;
        }
    }

    private async ValueTask AddAsync(
        PartitionPage page, DescribeTopicPartitionsRequest request, RequestContext context)
    {
        foreach (var name in request.Topics.Select(static t => t.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (page.IsBefore(name))
                continue;
            if (page.IsFull)
            {
                page.EndAt(name, 0);
                return;
            }

            var (topic, error) = await FindAsync(name, context);
            if (topic is null)
                page.Add(name, error);
            else if (!Add(page, topic))
                return;
        }
    }

    // False when the page ends here.
    private bool Add(PartitionPage page, TopicInfo topic)
    {
        if (page.IsFull)
        {
            page.EndAt(topic.Name, 0);
            return false;
        }

        var (partitions, first) = (page.Add(topic), page.FirstOf(topic.Name));
        for (var i = first; i < topic.PartitionCount; i++)
        {
            if (page.IsFull)
            {
                page.EndAt(topic.Name, i);
                return false;
            }

            page.Add(partitions, i, _topics.LeaderOf(topic, i), _topics.LeaderEpochOf(topic, i));
        }

        return true;
    }

    private async ValueTask<(TopicInfo? Topic, KafkaError Error)> FindAsync(string name, RequestContext context) =>
        TopicNames.Fault(name) is null ? await _topics.FindAsync(name, context.Ending) : (null, KafkaError.InvalidTopic);

    private async ValueTask<IEnumerable<TopicInfo>> ListAsync(RequestContext context)
    {
        try
        {
            return (await face.Broker.ListTopicsAsync(context.Ending)).OrderBy(static t => t.Name, StringComparer.Ordinal);
        }
        catch (StoreException e)
        {
            // No word fits the whole answer, and an empty list would be a lie: the client tries another broker.
            throw new IOException("the topics cannot be listed now", e);
        }
    }

    // A cursor points to a partition, and to one of the topics that are asked for.
    private static bool IsWrong(DescribeTopicPartitionsRequest request) =>
        request.Cursor is { } cursor
            && (cursor.PartitionIndex < 0 || (request.Topics.Count > 0 && !request.Topics.Exists(t => t.Name == cursor.TopicName)));

    private static Answers Refused(DescribeTopicPartitionsRequest request) =>
        new()
        {
            Topics = request.Topics.ConvertAll(
                static t => new Answers.DescribeTopicPartitionsResponseTopic
                {
                    ErrorCode = (short)KafkaError.InvalidRequest,
                    Name = t.Name
                })
        };
}
