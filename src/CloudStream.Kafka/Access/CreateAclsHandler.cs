using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;

namespace CloudStream.Kafka.Access;

/// <summary>CreateAcls: refused as by a Kafka broker without an authorizer.</summary>
internal sealed class CreateAclsHandler() : KafkaHandler<CreateAclsRequest>(ApiKey.CreateAcls, 1, 3)
{
    protected override ValueTask<KafkaResponse> HandleAsync(CreateAclsRequest request, RequestContext context) =>
        new(new CreateAclsResponse
        {
            Results = request.Creations.ConvertAll(
                _ => new CreateAclsResponse.AclCreationResult
                {
                    ErrorCode = (short)KafkaError.SecurityDisabled,
                    ErrorMessage = AclWords.NoAuthorizer
                })
        });
}
