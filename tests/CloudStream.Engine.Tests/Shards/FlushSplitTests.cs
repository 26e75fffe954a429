using CloudStream.Cluster.Settings;
using CloudStream.Log.Append;
using CloudStream.Log.Calls;
using CloudStream.Log.Flushes;
using CloudStream.Log.Memory;
using CloudStream.Log.Options;
using CloudStream.Log.Shards;
using CloudStream.Storage;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>Which partitions of what is sealed at once get objects of their own.</summary>
public sealed class FlushSplitTests : IAsyncDisposable
{
    private readonly ShardCluster _cluster = new();

    [Fact]
    public void A_partition_with_enough_bytes_gets_a_flush_of_its_own_and_the_others_share_one()
    {
        var flushes = Split(100, (1, 30), (2, 60), (3, 99), (2, 40), (1, 20));

        Assert.Equal([[(2, 60), (2, 40)], [(1, 30), (3, 99), (1, 20)]], flushes);
    }

    [Fact]
    public void Partitions_with_few_bytes_stay_together() => Assert.Equal([[(1, 99), (2, 99)]], Split(100, (1, 99), (2, 99)));

    [Fact]
    public void One_partition_is_one_flush() => Assert.Equal([[(7, 50), (7, 1000)]], Split(100, (7, 50), (7, 1000)));

    [Fact]
    public void Where_all_have_enough_there_is_no_shared_flush() => Assert.Equal([[(2, 100)], [(1, 100)]], Split(100, (2, 100), (1, 100)));

    [Fact]
    public async Task They_are_objects_of_their_own_and_each_record_stands_where_its_answer_says()
    {
        var process = await _cluster.OpenAsync(SealTogether);
        var (first, appends) = await AppendBesideAsync(process);

        await process.Shard.DrainAsync(ShardCluster.Token);

        Assert.Equal(0, (await first).BaseOffset);
        Assert.Equal([1, 0, 2], (await Task.WhenAll(appends)).Select(a => a.BaseOffset));
        Assert.Equal(3, process.PutSegments.Count());
        var state = process.Shard.State;
        Assert.Equal([(0, "opens the interval"), (1, Large('a')), (2, "small")],
            await _cluster.ReadLogAsync(state, ShardCluster.Partition));
        Assert.Equal([(0, Large('b'))], await _cluster.ReadLogAsync(state, ShardCluster.Other));
    }

    [Fact]
    public async Task When_the_store_refuses_one_of_them_the_other_is_committed()
    {
        var process = await _cluster.OpenAsync(SealTogether);
        var (first, appends) = await AppendBesideAsync(process, onPut: 2);

        await process.Shard.DrainAsync(ShardCluster.Token);

        Assert.Equal(ErrorCode.None, (await first).Error);
        Assert.Equal([ErrorCode.StoreRefused, ErrorCode.None, ErrorCode.StoreRefused], (await Task.WhenAll(appends)).Select(a => a.Error));
        Assert.Equal([(0, "opens the interval")], await _cluster.ReadLogAsync(process.Shard.State, ShardCluster.Partition));
        Assert.Equal([(0, Large('b'))], await _cluster.ReadLogAsync(process.Shard.State, ShardCluster.Other));
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private static void SealTogether(BrokerOptions options)
    {
        (options.FlushInterval, options.LoneFlushInterval) = (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        options.IndexSizes = new IndexSizes { FinalFlushBytes = 1000 };
    }

    // The first flush opens an interval that nobody waits for: what comes within it is sealed together.
    private static async Task<(Task<AppendResult> First, Task<AppendResult>[] Appends)> AppendBesideAsync(
        ShardCluster.Process process, int onPut = -1)
    {
        var puts = 0;
        process.Objects.BeforePut = _ => Interlocked.Increment(ref puts) == onPut
            ? throw new StoreException(StoreErrorKind.Refused, "not this one")
            : Task.CompletedTask;
        var first = process.AppendAsync("opens the interval");
        while (Volatile.Read(ref puts) == 0)
            await Task.Yield();
        return (first, [process.AppendAsync(Large('a')), process.AppendAsync(ShardCluster.Batch(Large('b')), ShardCluster.Other),
            process.AppendAsync("small")]);
    }

    private static string Large(char letter) => new(letter, 2000);

    private static List<(int Slot, int Length)[]> Split(long aloneBytes, params (int Slot, int Length)[] appends)
    {
        var pending = appends.Select(a => new PendingAppend(
            ShardCluster.Partition, a.Slot, BufferPool.Shared.Rent(1), a.Length, 1, new AppendOptions(), _ => { })).ToList();
        return FlushBuilder.Split(pending, aloneBytes).ConvertAll(flush => flush.Select(a => (a.Slot, a.Length)).ToArray());
    }
}
