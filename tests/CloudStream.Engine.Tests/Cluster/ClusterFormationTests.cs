using CloudStream.Cluster.Formation;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;

namespace CloudStream.Engine.Tests.Cluster;

public sealed class ClusterFormationTests
{
    private readonly ManualTime _time = new();
    private readonly MemoryMetadataStore _shared = new();
    private MemoryObjectStore _objects = new();

    [Fact]
    public async Task TheFirstStartFoundsTheClusterAndLaterOnesJoinIt()
    {
        var first = await OpenAsync(new FaultPoints(_shared), shards: 6, seed: 1);
        var later = await OpenAsync(new FaultPoints(_shared), shards: 9, seed: 2);
        Assert.Equal(6, first.Shards);
        Assert.Equal(first, later);
        Assert.Equal(22, first.ClusterId.Length);
        Assert.Matches("^[A-Za-z0-9_][A-Za-z0-9_-]{21}$", first.ClusterId);
    }

    [Theory]
    [InlineData(Fault.LostReply)]
    [InlineData(Fault.LostRequest)]
    [InlineData(Fault.Throttled)]
    public async Task AFaultOnAnyCallLeavesOneCluster(object fault)
    {
        for (var at = 0; at < 5; at++)
        {
            var shared = new MemoryMetadataStore();
            _objects = new MemoryObjectStore();
            var store = new FaultPoints(shared) { Plan = n => n == at ? (Fault)fault : Fault.None };
            var first = await OpenAsync(store, shards: 3, seed: 1);
            Assert.Equal(first, await OpenAsync(new FaultPoints(shared), shards: 3, seed: 2));
        }
    }

    [Fact]
    public async Task AStoreThatThrottlesForAMinuteIsWaitedFor()
    {
        var until = _time.GetUtcNow() + TimeSpan.FromMinutes(1);
        var store = new FaultPoints(_shared) { Plan = _ => _time.GetUtcNow() < until ? Fault.Throttled : Fault.None };
        Assert.Equal(3, (await OpenAsync(store, shards: 3, seed: 1)).Shards);
    }

    private Task<ClusterRegister> OpenAsync(FaultPoints store, int shards, int seed)
    {
        var runtime = FaultPoints.Runtime(_time, seed);
        return _time.RunAsync(ClusterFormation.OpenAsync(new BrokerStores(_objects, store), new BrokerOptions { Shards = shards }, runtime,
            new LogMetrics(runtime.Meter), CancellationToken.None));
    }
}
