using System.Collections.Immutable;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Registers;
using CloudStream.Log.Calls;

namespace CloudStream.Engine.Tests.Cluster;

public sealed class PlacementTests
{
    [Fact]
    public void WithoutBrokersNobodyHolds() => Assert.Equal(-1, Placement.HolderOf(0, []));

    [Fact]
    public void ASingleBrokerHoldsEverything() =>
        Assert.All(Enumerable.Range(0, 100), shard => Assert.Equal(7, Placement.HolderOf(shard, Brokers(7))));

    [Fact]
    public void EveryoneAgreesWhateverTheOrder() =>
        Assert.All(Enumerable.Range(0, 100),
            shard => Assert.Equal(Placement.HolderOf(shard, Brokers(1, 2, 3)), Placement.HolderOf(shard, Brokers(3, 1, 2))));

    [Fact]
    public void TheSharesAreEven()
    {
        var shares = Enumerable.Range(0, 1024).CountBy(shard => Placement.HolderOf(shard, Brokers(0, 1, 2, 3))).ToDictionary();
        Assert.All(Enumerable.Range(0, 4), broker => Assert.InRange(shares[broker], 200, 312));
    }

    [Fact]
    public void ABrokerThatGoesMovesOnlyItsOwnShards()
    {
        for (var shard = 0; shard < 1024; shard++)
        {
            var before = Placement.HolderOf(shard, Brokers(0, 1, 2, 3));
            if (before != 2)
                Assert.Equal(before, Placement.HolderOf(shard, Brokers(0, 1, 3)));
        }
    }

    [Fact]
    public void PartitionsAreSpreadEvenlyAndABrokerThatGoesMovesOnlyItsOwn()
    {
        PartitionId[] partitions = [.. Enumerable.Range(0, 1024).Select(i => new PartitionId(new Guid(i / 4, 7, 0, new byte[8]), i % 4))];
        var shares = partitions.CountBy(p => Placement.LeaderOf(p, Brokers(0, 1, 2, 3))).ToDictionary();
        Assert.All(Enumerable.Range(0, 4), broker => Assert.InRange(shares[broker], 200, 312));
        Assert.All(partitions, p => Assert.Equal(Placement.LeaderOf(p, Brokers(0, 1, 2, 3)), Placement.LeaderOf(p, Brokers(3, 1, 0, 2))));
        Assert.All(partitions.Where(p => Placement.LeaderOf(p, Brokers(0, 1, 2, 3)) != 2),
            p => Assert.Equal(Placement.LeaderOf(p, Brokers(0, 1, 2, 3)), Placement.LeaderOf(p, Brokers(0, 1, 3))));
        Assert.Equal(-1, Placement.LeaderOf(partitions[0], []));
    }

    // Brokers of different versions must agree, so the hash never changes. Reference: FNV-1a of "a", then splitmix64's finalizer.
    [Fact]
    public void TheHashIsTheSameForEver()
    {
        Assert.Equal(Reference(0xaf63dc4c8601ec8c), StableHash.Of("a"u8));
        Assert.Equal(0xe220a8397b1dcdafUL, StableHash.Of(0, 0)); // splitmix64's published first output for seed 0
        Assert.Equal(Reference(0), StableHash.Of(0UL, 0));
        Assert.Equal(StableHash.Of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 0, 1, 2]),
            StableHash.Of(new Guid("01020304-0506-0708-090a-0b0c0d0e0f10"), 258));
    }

    private static ulong Reference(ulong z)
    {
        z += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    private static BrokerInfo[] Brokers(params int[] ids) =>
        [.. ids.Select(id => new BrokerInfo(id, $"{id}.x", ImmutableSortedDictionary<string, string>.Empty))];
}
