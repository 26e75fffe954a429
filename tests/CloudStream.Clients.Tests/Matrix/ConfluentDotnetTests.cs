using CloudStream.Clients.Tests.Broker;
using CloudStream.Clients.Tests.Clients;

namespace CloudStream.Clients.Tests.Matrix;

public sealed class ConfluentDotnetTests(BrokerUnderTest broker)
{
    [Theory]
    [ScenariosOf("confluent-dotnet")]
    public Task Passes(string scenario) => broker.PassesAsync("confluent-dotnet", scenario);
}
