using CloudStream.Cluster.Formation;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Cluster;

/// <summary>A cluster is founded only where no cluster's data lies, and joined only where its own does.</summary>
public sealed class FoundingTests
{
    private const string Data = "00/0000/s-000000000001-0000000000000000";

    private readonly MemoryObjectStore _objects = new();
    private MemoryMetadataStore _registers = new();

    [Fact]
    public async Task ObjectsWhoseRegistersAreGoneAreNotBuiltUpon()
    {
        var cluster = await OpenAsync();
        await PutAsync(cluster.ObjectsIn(_objects), Data);
        _registers = new MemoryMetadataStore();

        var failure = await Assert.ThrowsAsync<StoreException>(() => OpenAsync());

        Assert.Equal(StoreErrorKind.Refused, failure.Kind);
        Assert.Contains($"'{cluster.Tag}/{Data}'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Restore the registers", failure.Message, StringComparison.Ordinal);
        Assert.Null(await _registers.GetAsync(ClusterRegister.Key, CancellationToken.None));
        Assert.Equal(2, _objects.Count);
    }

    [Theory]
    [InlineData("s")]
    [InlineData("m")]
    [InlineData("c")]
    [InlineData("p")]
    public async Task ObjectsOfTheFirstFormatCountAsMuch(string kind)
    {
        await PutAsync(_objects, $"00/03ff/{kind}-000000000001-0000000000000000");
        Assert.Equal(StoreErrorKind.Refused, (await Assert.ThrowsAsync<StoreException>(() => OpenAsync())).Kind);
    }

    [Theory]
    [InlineData("somebody/else.bin")]
    [InlineData("00/0000/x-000000000001-0000000000000000")]
    [InlineData("0123456789abcdeg/00/0000/s-000000000001-0000000000000000")]
    [InlineData("0123456789abcdef/cluster")]
    public async Task WhatIsNoClustersDataIsNoHindrance(string name)
    {
        await PutAsync(_objects, name);
        Assert.Equal(await OpenAsync(seed: 1), await OpenAsync(seed: 2));
    }

    [Fact]
    public async Task RegistersOfAnotherClusterAreNotTakenForThoseThatAreGone()
    {
        var first = await OpenAsync(seed: 1);
        await PutAsync(first.ObjectsIn(_objects), Data);
        _registers = new MemoryMetadataStore();
        var elsewhere = await OpenAsync(new MemoryObjectStore(), seed: 2);

        var failure = await Assert.ThrowsAsync<StoreException>(() => OpenAsync(seed: 3));

        Assert.Equal(StoreErrorKind.Refused, failure.Kind);
        Assert.Contains($"the registers are of cluster {elsewhere.ClusterId}", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"there is no '{elsewhere.Tag}/cluster'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMarkThatNamesAnotherClusterIsBelieved()
    {
        var cluster = ClusterRegister.Found("MkU32OoPQzuyLKZXVzWf1A", 3);
        await _registers.PutAsync(ClusterRegister.Key, cluster.Encode(), 0, default, CancellationToken.None);
        await cluster.ObjectsIn(_objects).PutAsync("cluster", [ClusterMark.Encode("MkU32OoPQzuyLKZXVzWf1Q")], CancellationToken.None);

        var failure = await Assert.ThrowsAsync<StoreException>(() => OpenAsync());

        Assert.Contains("are cluster MkU32OoPQzuyLKZXVzWf1Q's", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFoundingCutOffAtAnyCallIsDoneByTheNextStart()
    {
        for (var at = 0; at < 5; at++)
        {
            foreach (var fault in new[] { Fault.CrashBefore, Fault.CrashAfter })
            {
                var objects = new MemoryObjectStore();
                _registers = new MemoryMetadataStore();
                var calls = new FaultPoints(_registers) { Plan = n => n == at ? fault : Fault.None };
                var cutOff = OpenAsync(new FaultyFounding(calls, objects), seed: 1, calls);
                if (at < 4)
                    await Assert.ThrowsAsync<StoreException>(() => cutOff);
                else
                    await cutOff;
                Assert.Equal(await OpenAsync(objects, seed: 2), await OpenAsync(objects, seed: 3));
            }
        }
    }

    [Fact]
    public async Task AClusterThatAnotherBrokerFoundsAndWritesToMeanwhileIsJoined()
    {
        // Between this broker's look at the register and its look at the objects.
        ClusterRegister? other = null;
        var calls = new FaultPoints(_registers);
        calls.Turn = async () =>
        {
            if (calls.Calls != 1 || other is not null)
                return;
            other = await OpenAsync(seed: 2);
            await PutAsync(other.ObjectsIn(_objects), Data);
        };
        Assert.Equal(await OpenAsync(new FaultyFounding(calls, _objects), seed: 1, calls), other);
        Assert.NotNull(other);
    }

    [Fact]
    public async Task OneOfTwoThatFoundAtOnceJoinsTheOther()
    {
        // Between this broker's mark and its register.
        ClusterRegister? other = null;
        var calls = new FaultPoints(_registers);
        calls.Turn = async () => other ??= calls.Calls == 3 ? await OpenAsync(seed: 2) : null;
        Assert.Equal(await OpenAsync(new FaultyFounding(calls, _objects), seed: 1, calls), other);
        Assert.NotNull(other);
    }

    [Fact]
    public async Task WhatAnEarlierVersionWroteIsRefusedAndLeftAsItIs()
    {
        var earlier = Convert.FromHexString("4353434C" + "02" + "16" + "4D6B5533324F6F50517A75794C4B5A58567A57663141" + "04");
        await _registers.PutAsync(ClusterRegister.Key, earlier, 0, default, CancellationToken.None);
        await PutAsync(_objects, Data);

        var refused = await Assert.ThrowsAsync<StoreException>(() => OpenAsync());

        Assert.Equal(StoreErrorKind.Refused, refused.Kind);
        Assert.Contains("was written by an earlier version of CloudStream", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await _registers.GetVersionAsync(ClusterRegister.Key, CancellationToken.None)).Version);
        Assert.Equal(1, _objects.Count);
    }

    private static ValueTask PutAsync(IObjectStore store, string name) => store.PutAsync(name, [new byte[1]], CancellationToken.None);

    private Task<ClusterRegister> OpenAsync(IObjectStore? objects = null, int seed = 1, FaultPoints? registers = null)
    {
        var runtime = FaultPoints.Runtime(TimeProvider.System, seed);
        var stores = new BrokerStores(objects ?? _objects, registers ?? new FaultPoints(_registers));
        return ClusterFormation.OpenAsync(
            stores, new BrokerOptions { Shards = 3 }, runtime, new LogMetrics(runtime.Meter), CancellationToken.None);
    }
}
