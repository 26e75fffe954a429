using CloudStream.Clients.Tests.Broker;
using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Matrix;

public sealed class JavaTests(BrokerUnderTest broker)
{
    [Theory]
    [ScenariosOf("java")]
    public Task Passes(string scenario) => broker.PassesAsync("java", scenario);
}
