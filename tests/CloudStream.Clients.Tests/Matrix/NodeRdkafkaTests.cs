using CloudStream.Clients.Tests.Broker;
using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Matrix;

public sealed class NodeRdkafkaTests(BrokerUnderTest broker)
{
    [Theory]
    [ScenariosOf("node-rdkafka")]
    public Task Passes(string scenario) => broker.PassesAsync("node-rdkafka", scenario);
}
