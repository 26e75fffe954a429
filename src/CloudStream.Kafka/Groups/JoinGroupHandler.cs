using CloudStream.Cluster.Groups;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using Answers = CloudStream.Kafka.Messages.JoinGroupResponse;
using GroupCalls = CloudStream.Cluster.Groups;

namespace CloudStream.Kafka.Groups;

/// <summary>JoinGroup: the answer comes when the generation is formed, which may take a rebalance timeout.</summary>
internal sealed class JoinGroupHandler(KafkaFace face)
    : KafkaHandler<Messages.JoinGroupRequest>(ApiKey.JoinGroup, 0, 9, RequestOrder.Alongside)
{
    private const int FirstVersionThatReturnsWithItsId = 4, FirstVersionWithoutProtocol = 7, FirstVersionThatSkips = 9;

    protected override async ValueTask<KafkaResponse> HandleAsync(Messages.JoinGroupRequest request, RequestContext context)
    {
        try
        {
            return await AnswerAsync(request, context);
        }
        catch (OperationCanceledException) when (context.Ending.IsCancellationRequested)
        {
            // The server stops: the member looks for a coordinator, and is not left to its timeout.
            return new JoinGroupResponse
            {
                ErrorCode = GroupErrorTable.CodeOf(GroupError.CoordinatorNotAvailable),
                MemberId = request.MemberId
            };
        }
    }

    private async ValueTask<KafkaResponse> AnswerAsync(Messages.JoinGroupRequest request, RequestContext context)
    {
        var result = await face.Broker.Groups.JoinAsync(
            new GroupCalls.JoinGroupRequest
            {
                GroupId = request.GroupId,
                MemberId = request.MemberId,
                GroupInstanceId = request.GroupInstanceId,
                RequireKnownMemberId = context.Version >= FirstVersionThatReturnsWithItsId,
                SupportsSkippingAssignment = context.Version >= FirstVersionThatSkips,
                ClientId = context.ClientId ?? "",
                ClientHost = ClientHost.Of(context.Connection.Peer),
                SessionTimeout = TimeSpan.FromMilliseconds(request.SessionTimeoutMs),

                // Version 0 knows one timeout for both.
                RebalanceTimeout = TimeSpan.FromMilliseconds(context.Version == 0 ? request.SessionTimeoutMs : request.RebalanceTimeoutMs),
                ProtocolType = request.ProtocolType,
                Protocols = request.Protocols.ConvertAll(static p => new GroupProtocol(p.Name, p.Metadata)),
            },
            context.Ending);
        return new JoinGroupResponse
        {
            ErrorCode = GroupErrorTable.CodeOf(result.Error),
            GenerationId = result.GenerationId,
            ProtocolType = result.ProtocolType,
            ProtocolName = result.ProtocolName ?? (context.Version >= FirstVersionWithoutProtocol ? null : ""),
            Leader = result.LeaderId,
            SkipAssignment = result.SkipAssignment,
            MemberId = result.MemberId,
            Members = [.. result.Members.Select(
                static m => new Answers.JoinGroupResponseMember
                {
                    MemberId = m.MemberId,
                    GroupInstanceId = m.GroupInstanceId,
                    Metadata = m.Metadata
                })],
        };
    }
}
