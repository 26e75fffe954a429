using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Security;

namespace CloudStream.Kafka.Access;

/// <summary>SaslAuthenticate: the client proves who it is, and learns how long that holds.</summary>
internal sealed class SaslAuthenticateHandler(KafkaFace face) : KafkaHandler<SaslAuthenticateRequest>(ApiKey.SaslAuthenticate, 0, 2)
{
    protected override async ValueTask<KafkaResponse> HandleAsync(SaslAuthenticateRequest request, RequestContext context)
    {
        if (context.Connection.Authentication is not { IsDone: false } authentication)
            return Refused(KafkaError.IllegalSaslState, "SaslAuthenticate request received after successful authentication");
        return await authentication.ProveAsync(request.AuthBytes) is { } told
            ? Refused(KafkaError.SaslAuthenticationFailed, told)
            : new SaslAuthenticateResponse { SessionLifetimeMs = (long)(face.Options.MaxSession?.TotalMilliseconds ?? 0) };
    }

    private static SaslAuthenticateResponse Refused(KafkaError error, string message) =>
        new() { ErrorCode = (short)error, ErrorMessage = message };
}
