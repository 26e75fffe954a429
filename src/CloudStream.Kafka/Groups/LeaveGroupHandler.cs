using CloudStream.Cluster.Groups;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using Answers = CloudStream.Kafka.Messages.LeaveGroupResponse;
using GroupCalls = CloudStream.Cluster.Groups;

namespace CloudStream.Kafka.Groups;

/// <summary>LeaveGroup: one member, or from version 3 on several, static ones among them (KIP-345).</summary>
internal sealed class LeaveGroupHandler(KafkaFace face) : KafkaHandler<Messages.LeaveGroupRequest>(ApiKey.LeaveGroup, 0, 5)
{
    private const int FirstBatchedVersion = 3;

    protected override async ValueTask<KafkaResponse> HandleAsync(Messages.LeaveGroupRequest request, RequestContext context)
    {
        var isBatched = context.Version >= FirstBatchedVersion;
        List<LeavingMember> leaving = isBatched
            ? request.Members.ConvertAll(static m => new LeavingMember(m.MemberId, m.GroupInstanceId))
            : [new LeavingMember(request.MemberId)];
        var result = await face.Broker.Groups.LeaveAsync(new GroupCalls.LeaveGroupRequest(request.GroupId, leaving), context.Ending);
        var response = new LeaveGroupResponse { ErrorCode = GroupErrorTable.CodeOf(result.Error) };
        if (result.Error != GroupError.None)
            return response;
        if (!isBatched)
        {
            response.ErrorCode = GroupErrorTable.CodeOf(result.Members[0]);
            return response;
        }

        for (var i = 0; i < leaving.Count; i++)
        {
            response.Members.Add(new Answers.MemberResponse
            {
                MemberId = leaving[i].MemberId,
                GroupInstanceId = leaving[i].GroupInstanceId,
                ErrorCode = GroupErrorTable.CodeOf(result.Members[i]),
            });
        }

        return response;
    }
}
