using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Log.Calls;
using CloudStream.Storage;
using Answers = CloudStream.Kafka.Messages.DescribeLogDirsResponse;

namespace CloudStream.Kafka.Cluster;

/// <summary>DescribeLogDirs: the object store as the one folder of each broker, with the partitions that this broker leads.</summary>
internal sealed class DescribeLogDirsHandler(KafkaFace face) : KafkaHandler<DescribeLogDirsRequest>(ApiKey.DescribeLogDirs, 1, 4)
{
    private const string LogDir = "/cloudstream";

    protected override async ValueTask<KafkaResponse> HandleAsync(DescribeLogDirsRequest request, RequestContext context)
    {
        var answer = new Answers.DescribeLogDirsResult { LogDir = LogDir };
        try
        {
            foreach (var topic in await face.Broker.ListTopicsAsync(context.Ending))
            {
                if (request.Topics is null || request.Topics.Exists(t => t.Topic == topic.Name))
                    await AddAsync(answer, topic,
                        request.Topics?.Where(t => t.Topic == topic.Name).SelectMany(t => t.Partitions).ToHashSet(), context);
            }
        }
        catch (StoreException)
        {
            answer = new Answers.DescribeLogDirsResult { LogDir = LogDir, ErrorCode = (short)KafkaError.KafkaStorageError };
        }

        return new DescribeLogDirsResponse { Results = [answer] };
    }

    private async ValueTask AddAsync(Answers.DescribeLogDirsResult answer, TopicInfo topic, HashSet<int>? wanted, RequestContext context)
    {
        var partitions = new List<Answers.DescribeLogDirsPartition>();
        foreach (var partition in await face.Broker.DescribePartitionsAsync(topic, context.Ending))
        {
            var leader = face.Broker.FindLeader(new PartitionId(topic.Id, partition.Partition), KafkaFace.Name);
            if (leader == face.Broker.BrokerId && wanted?.Contains(partition.Partition) is not false)
                partitions.Add(
                    new Answers.DescribeLogDirsPartition { PartitionIndex = partition.Partition, PartitionSize = partition.Bytes });
        }

        if (partitions.Count > 0)
            answer.Topics.Add(new Answers.DescribeLogDirsTopic { Name = topic.Name, Partitions = partitions });
    }
}
