using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using Answers = CloudStream.Kafka.Messages.DeleteTopicsResponse;

namespace CloudStream.Kafka.Topics;

/// <summary>DeleteTopics, by name or by id.</summary>
internal sealed class DeleteTopicsHandler(KafkaFace face) : KafkaHandler<DeleteTopicsRequest>(ApiKey.DeleteTopics, 1, 6)
{
    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(DeleteTopicsRequest request, RequestContext context)
    {
        var wanted = context.Version >= 6
            ? request.Topics.ConvertAll(t => (t.Name, t.TopicId))
            : request.TopicNames.ConvertAll(n => ((string?)n, Guid.Empty));
        var response = new DeleteTopicsResponse();
        await RefuseTwiceNamedAsync(wanted, response, context);
        foreach (var group in wanted.GroupBy(w => w))
        {
            var (name, id) = group.Key;
            response.Responses.Add(name is null == (id == Guid.Empty)
                ? Answer(name, id, KafkaError.InvalidRequest, name is null
                    ? "Neither topic name nor id was specified."
                    : "You may not specify both topic name and topic id.", context)
                : group.Skip(1).Any() ? Answer(
                    name, id, KafkaError.InvalidRequest, name is null ? "Duplicate topic id." : "Duplicate topic name.", context)
                : await DeleteAsync(name, id, context));
        }

        return response;
    }

    // What is named by name and by id in one request is answered once, and stays.
    private async ValueTask RefuseTwiceNamedAsync(
        List<(string? Name, Guid Id)> wanted, DeleteTopicsResponse response, RequestContext context)
    {
        foreach (var id in wanted.Where(static w => w.Name is null && w.Id != Guid.Empty).Select(static w => w.Id).ToHashSet())
        {
            if ((await _topics.FindAsync(id, context.Ending)).Topic?.Name is not { } name || !wanted.Contains((name, Guid.Empty)))
                continue;
            wanted.RemoveAll(w => w == (null, id) || w == (name, Guid.Empty));
            response.Responses.Add(Answer(name, id, KafkaError.InvalidRequest, "The topic was named by its name and by its id.", context));
        }
    }

    private async ValueTask<Answers.DeletableTopicResult> DeleteAsync(string? name, Guid id, RequestContext context)
    {
        var (topic, error) = await _topics.FindAsync(name, id, byId: name is null, context.Ending);
        if (topic is null)
            return Answer(name, id, error, null, context);
        var result = await face.Broker.DeleteTopicAsync(topic.Name, context.Ending);
        return Answer(topic.Name, result.Topic?.Id ?? topic.Id, ErrorTable.Get(result.Error), result.Detail, context);
    }

    private static Answers.DeletableTopicResult Answer(string? name, Guid id, KafkaError error, string? detail, RequestContext context) =>
        new() { Name = name ?? (context.Version >= 6 ? null : ""), TopicId = id, ErrorCode = (short)error, ErrorMessage = detail };
}
