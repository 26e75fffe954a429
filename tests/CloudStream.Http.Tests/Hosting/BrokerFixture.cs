using CloudStream.Engine;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>One broker in memory behind one HTTP host, shared by the tests of a class; every test makes its own topics.</summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    public HttpHost Host { get; private set; } = null!;

    public IBroker Broker { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Broker = new InMemoryBroker();
        Host = await HttpHost.StartAsync(Broker, options => options.Heartbeat = TimeSpan.FromMilliseconds(50));
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
