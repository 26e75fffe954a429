using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;

namespace CloudStream.Kafka.Access;

/// <summary>DeleteAcls: refused as by a Kafka broker without an authorizer.</summary>
internal sealed class DeleteAclsHandler() : KafkaHandler<DeleteAclsRequest>(ApiKey.DeleteAcls, 1, 3)
{
    protected override ValueTask<KafkaResponse> HandleAsync(DeleteAclsRequest request, RequestContext context) =>
        new(new DeleteAclsResponse
        {
            FilterResults = request.Filters.ConvertAll(
                _ => new DeleteAclsResponse.DeleteAclsFilterResult
                {
                    ErrorCode = (short)KafkaError.SecurityDisabled,
                    ErrorMessage = AclWords.NoAuthorizer
                })
        });
}
