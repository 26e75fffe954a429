using CloudStream.Clients.Tests.Broker;
using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Matrix;

public sealed class KafkaJsTests(BrokerUnderTest broker)
{
    [Theory]
    [ScenariosOf("kafkajs")]
    public Task Passes(string scenario) => broker.PassesAsync("kafkajs", scenario);
}
