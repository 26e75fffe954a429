using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using GroupCalls = CloudStream.Cluster.Groups;

namespace CloudStream.Kafka.Groups;

/// <summary>Heartbeat: a member lives, and asks whether its generation still stands.</summary>
internal sealed class HeartbeatHandler(KafkaFace face) : KafkaHandler<HeartbeatRequest>(ApiKey.Heartbeat, 0, 4)
{
    protected override async ValueTask<KafkaResponse> HandleAsync(HeartbeatRequest request, RequestContext context)
    {
        var error = await face.Broker.Groups.HeartbeatAsync(
            new GroupCalls.HeartbeatRequest(request.GroupId, request.GenerationId, request.MemberId, request.GroupInstanceId),
            context.Ending);
        return new HeartbeatResponse { ErrorCode = GroupErrorTable.CodeOf(error) };
    }
}
