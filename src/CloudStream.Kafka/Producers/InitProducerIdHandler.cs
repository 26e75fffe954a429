using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Storage;

namespace CloudStream.Kafka.Producers;

/// <summary>
/// InitProducerId: an id for an idempotent producer. As in Kafka, without a transactional id every call gives a fresh one.
/// </summary>
internal sealed class InitProducerIdHandler(KafkaFace face) : KafkaHandler<InitProducerIdRequest>(ApiKey.InitProducerId, 0, 5)
{
    protected override async ValueTask<KafkaResponse> HandleAsync(InitProducerIdRequest request, RequestContext context)
    {
        if (request.ProducerId == -1 != (request.ProducerEpoch == -1))
            return Refused(KafkaError.InvalidRequest);
        if (request.TransactionalId is { } transactional)
            return Refused(transactional.Length == 0 ? KafkaError.InvalidRequest : KafkaError.TransactionalIdAuthorizationFailed);
        try
        {
            return new InitProducerIdResponse { ProducerId = await face.Broker.AllocateProducerIdAsync(context.Ending) };
        }
        catch (StoreException)
        {
            return Refused(KafkaError.CoordinatorNotAvailable);
        }
    }

    private static InitProducerIdResponse Refused(KafkaError error) =>
        new() { ErrorCode = (short)error, ProducerId = -1, ProducerEpoch = -1 };
}
