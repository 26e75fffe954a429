using System.Buffers;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Security;

namespace CloudStream.Kafka.Connections;

/// <summary>What comes of frames on a connection whose client authenticates, as far as they are no requests.</summary>
internal sealed partial class RequestIntake
{
    private async ValueTask<bool> TakeTokenAsync(Authentication authentication, ReadOnlySequence<byte> frame)
    {
        // Kafka sends the empty token by which PLAIN ends, and nothing at all to who failed.
        if (await authentication.ProveAsync(frame.ToArray()) is null)
            await answers.AddAsync(
                new Answer(KafkaApis.Get(ApiKey.SaslAuthenticate), 0, null, new PendingAnswer(new SaslAuthenticateResponse())));
        return GoesOn(authentication);
    }

    private bool GoesOn(Authentication authentication)
    {
        if (authentication.Failure is not { } failure)
            return true;
        face.Metrics.Cut("authentication");
        if (logLimit.Take())
            KafkaLog.AuthenticationFailed(face.Logger, info.Peer, failure);
        return false;
    }

    private bool Refuse(Admission admission)
    {
        face.Metrics.Cut("authentication");
        if (!logLimit.Take())
            return false;
        if (admission == Admission.Expired)
            KafkaLog.SessionExpired(face.Logger, info.Peer, info.Principal);
        else
            KafkaLog.OutOfTurn(face.Logger, info.Peer);
        return false;
    }
}
