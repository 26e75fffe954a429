using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;

namespace CloudStream.Kafka.Access;

/// <summary>DescribeAcls: refused as by a Kafka broker without an authorizer.</summary>
internal sealed class DescribeAclsHandler() : KafkaHandler<DescribeAclsRequest>(ApiKey.DescribeAcls, 1, 3)
{
    protected override ValueTask<KafkaResponse> HandleAsync(DescribeAclsRequest request, RequestContext context) =>
        new(new DescribeAclsResponse { ErrorCode = (short)KafkaError.SecurityDisabled, ErrorMessage = AclWords.NoAuthorizer });
}
