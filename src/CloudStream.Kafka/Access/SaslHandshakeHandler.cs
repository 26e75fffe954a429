using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Security;

namespace CloudStream.Kafka.Access;

/// <summary>SaslHandshake: agrees on the mechanism. Where nobody authenticates, or who has done so already, it is out of turn.</summary>
internal sealed class SaslHandshakeHandler() : KafkaHandler<SaslHandshakeRequest>(ApiKey.SaslHandshake, 0, 1)
{
    protected override async ValueTask<KafkaResponse> HandleAsync(SaslHandshakeRequest request, RequestContext context)
    {
        var error = context.Connection.Authentication is { } authentication
            ? await authentication.HandshakeAsync(request.Mechanism, context.Version)
            : KafkaError.IllegalSaslState;
        return new SaslHandshakeResponse
        {
            ErrorCode = (short)error,
            Mechanisms = error == KafkaError.IllegalSaslState ? [] : [Authentication.Mechanism]
        };
    }
}
