using CloudStream.Clients.Tests.Broker;
using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Matrix;

public sealed class PlatformaticTests(BrokerUnderTest broker)
{
    [Theory]
    [ScenariosOf("platformatic")]
    public Task Passes(string scenario) => broker.PassesAsync("platformatic", scenario);
}
