using CloudStream.Clients.Tests.Broker;
using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Matrix;

public sealed class KcatTests(BrokerUnderTest broker)
{
    [Theory]
    [ScenariosOf("kcat")]
    public Task Passes(string scenario) => broker.PassesAsync("kcat", scenario);
}
