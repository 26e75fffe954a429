using CloudStream.Cluster.Groups;
using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using Answers = CloudStream.Kafka.Messages.DescribeGroupsResponse;

namespace CloudStream.Kafka.Groups;

/// <summary>DescribeGroups. A group that does not exist is dead; from version 6 on that is an error (KIP-1043).</summary>
internal sealed class DescribeGroupsHandler(KafkaFace face) : KafkaHandler<DescribeGroupsRequest>(ApiKey.DescribeGroups, 0, 6)
{
    private const int FirstVersionThatMisses = 6;

    protected override async ValueTask<KafkaResponse> HandleAsync(DescribeGroupsRequest request, RequestContext context)
    {
        var response = new DescribeGroupsResponse();
        foreach (var id in request.Groups)
        {
            var group = AnswerOf(await face.Broker.Groups.DescribeAsync(id, anywhere: false, context.Ending), context);
            if (request.IncludeAuthorizedOperations && group.ErrorCode == 0)
                group.AuthorizedOperations = AuthorizedOperations.OnGroup;
            response.Groups.Add(group);
        }

        return response;
    }

    private static Answers.DescribedGroup AnswerOf(GroupDescription group, RequestContext context)
    {
        if (group.Error != GroupError.None)
            return new Answers.DescribedGroup { GroupId = group.GroupId, ErrorCode = GroupErrorTable.CodeOf(group.Error) };
        var isMissed = group.State == GroupState.Dead && context.Version >= FirstVersionThatMisses;
        return new Answers.DescribedGroup
        {
            GroupId = group.GroupId,
            ErrorCode = (short)(isMissed ? KafkaError.GroupIdNotFound : KafkaError.None),
            ErrorMessage = isMissed ? $"Group {group.GroupId} not found." : null,
            GroupState = group.State.ToString(),
            ProtocolType = group.ProtocolType,
            ProtocolData = group.ProtocolName,
            Members = [.. group.Members.Select(AnswerOf)],
        };
    }

    private static Answers.DescribedGroupMember AnswerOf(MemberDescription member) => new()
    {
        MemberId = member.MemberId,
        GroupInstanceId = member.GroupInstanceId,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        MemberMetadata = member.Metadata,
        MemberAssignment = member.Assignment,
    };
}
