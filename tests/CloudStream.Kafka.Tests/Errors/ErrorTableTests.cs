using CloudStream.Kafka.Errors;
using CloudStream.Log.Calls;

namespace CloudStream.Kafka.Tests.Errors;

public sealed class ErrorTableTests
{
    [Fact]
    public void Every_outcome_of_the_engine_has_a_Kafka_error_and_only_success_has_none()
    {
        foreach (var error in Enum.GetValues<ErrorCode>())
            Assert.Equal(error == ErrorCode.None, ErrorTable.Get(error) == KafkaError.None);
    }

    [Theory]
    [InlineData(ErrorCode.Overloaded, 19)]
    [InlineData(ErrorCode.OutcomeUnknown, 7)]
    [InlineData(ErrorCode.StoreUnavailable, 56)]
    [InlineData(ErrorCode.NotWritable, 56)]
    [InlineData(ErrorCode.ShardUnreadable, 56)]
    [InlineData(ErrorCode.CorruptStorage, 2)]
    [InlineData(ErrorCode.ShuttingDown, 6)]
    [InlineData(ErrorCode.UnknownTopic, 3)]
    [InlineData(ErrorCode.UnknownPartition, 3)]
    [InlineData(ErrorCode.OffsetOutOfRange, 1)]
    [InlineData(ErrorCode.MessageTooLarge, 10)]
    [InlineData(ErrorCode.Undecodable, 87)]
    [InlineData(ErrorCode.OutOfOrderSequence, 45)]
    [InlineData(ErrorCode.InvalidProducerEpoch, 47)]
    public void Producers_and_consumers_are_told_what_they_act_on(ErrorCode error, short code) =>
    Assert.Equal(code, ErrorTable.CodeOf(error));
}
