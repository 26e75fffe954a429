using CloudStream.Cluster.Groups;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using GroupCalls = CloudStream.Cluster.Groups;

namespace CloudStream.Kafka.Groups;

/// <summary>SyncGroup: the answer comes when the leader has brought the assignment.</summary>
internal sealed class SyncGroupHandler(KafkaFace face)
    : KafkaHandler<Messages.SyncGroupRequest>(ApiKey.SyncGroup, 0, 5, RequestOrder.Alongside)
{
    private const int FirstVersionThatNamesTheProtocol = 5;

    protected override async ValueTask<KafkaResponse> HandleAsync(Messages.SyncGroupRequest request, RequestContext context)
    {
        try
        {
            return await AnswerAsync(request, context);
        }
        catch (OperationCanceledException) when (context.Ending.IsCancellationRequested)
        {
            // The server stops: the member looks for a coordinator, and is not left to its timeout.
            return new SyncGroupResponse { ErrorCode = GroupErrorTable.CodeOf(GroupError.CoordinatorNotAvailable) };
        }
    }

    private async ValueTask<KafkaResponse> AnswerAsync(Messages.SyncGroupRequest request, RequestContext context)
    {
        if (context.Version >= FirstVersionThatNamesTheProtocol && (request.ProtocolType is null || request.ProtocolName is null))
            return new SyncGroupResponse { ErrorCode = (short)KafkaError.InconsistentGroupProtocol };

        // A member that is named twice gets the last of its assignments, as in Kafka.
        var assignments = new Dictionary<string, ReadOnlyMemory<byte>>(request.Assignments.Count, StringComparer.Ordinal);
        foreach (var assignment in request.Assignments)
            assignments[assignment.MemberId] = assignment.Assignment;
        var result = await face.Broker.Groups.SyncAsync(
            new GroupCalls.SyncGroupRequest
            {
                GroupId = request.GroupId,
                GenerationId = request.GenerationId,
                MemberId = request.MemberId,
                GroupInstanceId = request.GroupInstanceId,
                ProtocolType = request.ProtocolType,
                ProtocolName = request.ProtocolName,
                Assignments = assignments,
            },
            context.Ending);
        return new SyncGroupResponse
        {
            ErrorCode = GroupErrorTable.CodeOf(result.Error),
            ProtocolType = result.ProtocolType,
            ProtocolName = result.ProtocolName,
            Assignment = result.Assignment,
        };
    }
}
