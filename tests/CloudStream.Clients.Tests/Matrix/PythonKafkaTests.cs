using CloudStream.Clients.Tests.Broker;
using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Matrix;

public sealed class PythonKafkaTests(BrokerUnderTest broker)
{
    [Theory]
    [ScenariosOf("python-kafka")]
    public Task Passes(string scenario) => broker.PassesAsync("python-kafka", scenario);
}
