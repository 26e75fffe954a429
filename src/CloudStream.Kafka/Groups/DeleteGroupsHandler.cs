using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using Answers = CloudStream.Kafka.Messages.DeleteGroupsResponse;

namespace CloudStream.Kafka.Groups;

/// <summary>DeleteGroups: groups without members, with their offsets.</summary>
internal sealed class DeleteGroupsHandler(KafkaFace face) : KafkaHandler<DeleteGroupsRequest>(ApiKey.DeleteGroups, 0, 2)
{
    protected override async ValueTask<KafkaResponse> HandleAsync(DeleteGroupsRequest request, RequestContext context)
    {
        var response = new DeleteGroupsResponse();
        foreach (var id in request.GroupsNames.Distinct(StringComparer.Ordinal))
        {
            var error = await face.Broker.Groups.DeleteAsync(id, anywhere: false, context.Ending);
            response.Results.Add(new Answers.DeletableGroupResult { GroupId = id, ErrorCode = GroupErrorTable.CodeOf(error) });
        }

        return response;
    }
}
