using CloudStream.Cluster.Groups;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using Answers = CloudStream.Kafka.Messages.ListGroupsResponse;
using GroupCalls = CloudStream.Cluster.Groups;

namespace CloudStream.Kafka.Groups;

/// <summary>ListGroups: the groups that this broker coordinates; clients ask every broker.</summary>
internal sealed class ListGroupsHandler(KafkaFace face) : KafkaHandler<Messages.ListGroupsRequest>(ApiKey.ListGroups, 0, 5)
{
    protected override async ValueTask<KafkaResponse> HandleAsync(Messages.ListGroupsRequest request, RequestContext context)
    {
        var result = await face.Broker.Groups.ListAsync(
            new GroupCalls.ListGroupsRequest { States = request.StatesFilter, Types = request.TypesFilter }, context.Ending);
        return new ListGroupsResponse
        {
            ErrorCode = GroupErrorTable.CodeOf(result.Error),
            Groups = [.. result.Groups.Select(AnswerOf)],
        };
    }

    private static Answers.ListedGroup AnswerOf(GroupListing group) => new()
    {
        GroupId = group.GroupId,
        ProtocolType = group.ProtocolType,
        GroupState = group.State.ToString(),
        GroupType = GroupListing.GroupType,
    };
}
