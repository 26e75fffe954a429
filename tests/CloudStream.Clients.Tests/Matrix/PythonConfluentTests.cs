using CloudStream.Clients.Tests.Broker;
using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Matrix;

public sealed class PythonConfluentTests(BrokerUnderTest broker)
{
    [Theory]
    [ScenariosOf("python-confluent")]
    public Task Passes(string scenario) => broker.PassesAsync("python-confluent", scenario);
}
