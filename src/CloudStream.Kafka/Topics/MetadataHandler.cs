using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Log.Calls;
using CloudStream.Storage;
using Answers = CloudStream.Kafka.Messages.MetadataResponse;

namespace CloudStream.Kafka.Topics;

/// <summary>
/// Metadata: brokers, topics, who should be asked about which partition. Creates topics that are asked for, where broker and client allow
/// it.
/// </summary>
internal sealed class MetadataHandler(KafkaFace face, ClusterView cluster) : KafkaHandler<MetadataRequest>(ApiKey.Metadata, 0, 13)
{
    private const int FirstVersionById = 12;

    private static readonly Dictionary<string, string> s_noConfig = [];

    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(MetadataRequest request, RequestContext context)
    {
        var nodes = cluster.Nodes(context);
        var response = new MetadataResponse
        {
            Brokers = nodes.ConvertAll(
                n => new Answers.MetadataResponseBroker { NodeId = n.Id, Host = n.Address.Host, Port = n.Address.Port }),
            ClusterId = face.Broker.ClusterId,

            // Every broker can make every change, so the one that is asked is as good as any.
            ControllerId = face.Broker.BrokerId,
            ClusterAuthorizedOperations = request.IncludeClusterAuthorizedOperations
                ? AuthorizedOperations.OnCluster
                : AuthorizedOperations.NotAsked,
        };
        if (request.Topics is null || (context.Version == 0 && request.Topics.Count == 0))
            await AddAllAsync(response, context);
        else
            await AddAsync(response, request, context);
        foreach (var topic in response.Topics)
            topic.TopicAuthorizedOperations = request.IncludeTopicAuthorizedOperations
                && topic.ErrorCode == 0 ? AuthorizedOperations.OnTopic : AuthorizedOperations.NotAsked;
        return response;
    }

    private async ValueTask AddAllAsync(MetadataResponse response, RequestContext context)
    {
        IReadOnlyList<TopicInfo> topics;
        try
        {
            topics = await face.Broker.ListTopicsAsync(context.Ending);
        }
        catch (StoreException e)
        {
            // No word fits the whole answer, and an empty list would be a lie: the client tries another broker.
            throw new IOException("the topics cannot be listed now", e);
        }

        foreach (var topic in topics)
            response.Topics.Add(Describe(topic));
    }

    private async ValueTask AddAsync(MetadataResponse response, MetadataRequest request, RequestContext context)
    {
        // Version 10 and 11 have the field for ids, but none that answers it: as in Kafka, the whole request is wrong.
        var isTooEarly = context.Version < FirstVersionById
            && request.Topics!.Exists(static t => t.Name is null || t.TopicId != Guid.Empty);
        foreach (var wanted in request.Topics!.DistinctBy(static t => (t.Name, t.TopicId)))
        {
            if (isTooEarly)
                response.Topics.Add(new Answers.MetadataResponseTopic
                {
                    ErrorCode = (short)KafkaError.InvalidRequest,
                    Name = wanted.Name ?? "",
                    TopicId = wanted.TopicId
                });
            else if (wanted.Name is null || wanted.TopicId != Guid.Empty)
                response.Topics.Add(await FindAsync(wanted.TopicId, context));
            else
                response.Topics.Add(await FindAsync(wanted.Name, context.Version < 4 || request.AllowAutoTopicCreation, context));
        }
    }

    private async ValueTask<Answers.MetadataResponseTopic> FindAsync(Guid id, RequestContext context)
    {
        var (topic, error) = await _topics.FindAsync(id, context.Ending);
        return topic is null
            ? new Answers.MetadataResponseTopic
            {
                ErrorCode = (short)error,
                TopicId = id,
                Name = context.Version >= FirstVersionById ? null : ""
            }
            : Describe(topic);
    }

    private async ValueTask<Answers.MetadataResponseTopic> FindAsync(string name, bool mayCreate, RequestContext context)
    {
        var (topic, error) = await _topics.FindAsync(name, context.Ending);
        if (error == KafkaError.UnknownTopicOrPartition)
            (topic, error) = await CreateAsync(name, mayCreate && face.Broker.AutoCreateTopics, context);
        return topic is null
            ? new Answers.MetadataResponseTopic { ErrorCode = (short)error, Name = name }
            : Describe(topic);
    }

    // A name that cannot be is told so, whether or not it would be created.
    private async ValueTask<(TopicInfo? Topic, KafkaError Error)> CreateAsync(string name, bool mayCreate, RequestContext context)
    {
        if (!mayCreate)
            return (null, TopicNames.Fault(name) is null ? KafkaError.UnknownTopicOrPartition : KafkaError.InvalidTopic);
        var created = await face.Broker.CreateTopicAsync(name, -1, s_noConfig, context.Ending);
        if (created.Error == ErrorCode.TopicExists)
            return await _topics.FindAsync(name, context.Ending);

        // The client asks again, and by then it is known.
        var error = created.Error == ErrorCode.OutcomeUnknown ? KafkaError.LeaderNotAvailable : ErrorTable.Get(created.Error);
        return (created.Topic, error);
    }

    private Answers.MetadataResponseTopic Describe(TopicInfo topic)
    {
        var isInternal = TopicNames.IsInternal(topic.Name);
        var answer = new Answers.MetadataResponseTopic { Name = topic.Name, TopicId = topic.Id, IsInternal = isInternal };
        for (var i = 0; i < topic.PartitionCount; i++)
        {
            var leader = _topics.LeaderOf(topic, i);
            answer.Partitions.Add(new Answers.MetadataResponsePartition
            {
                PartitionIndex = i,
                LeaderId = leader,
                LeaderEpoch = _topics.LeaderEpochOf(topic, i),
                ReplicaNodes = [leader],
                IsrNodes = [leader],
            });
        }

        return answer;
    }
}
