using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Shards;

public sealed class RecoveryTests : IAsyncDisposable
{
    private readonly ShardCluster _cluster = new();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(3)]
    [InlineData(500)]
    public async Task A_process_that_starts_sees_exactly_the_state_that_the_last_one_had(int appends)
    {
        var process = await _cluster.OpenAsync();
        for (var i = 0; i < appends; i++)
            await process.AppendAsync(
                ShardCluster.Batch(new RecordBatchOptions { ProducerId = i % 3, ProducerEpoch = 0, BaseSequence = i / 3 }, $"r{i}"),
                i % 2 == 0 ? ShardCluster.Partition : null);

        var next = await _cluster.OpenAsync(createPartitions: false);

        Assert.Equal(process.Shard.State.Version, next.Shard.State.Version);
        Assert.Equal(CheckpointCodec.Encode(process.Shard.State).ToArray(), CheckpointCodec.Encode(next.Shard.State).ToArray());
        Assert.Equal(appends, next.Shard.State.Find(ShardCluster.Partition)!.EndOffset);
    }

    [Fact]
    public async Task The_tail_stays_short_because_checkpoints_take_it_over()
    {
        var process = await _cluster.OpenAsync();
        var longest = 0L;
        process.Metadata.AfterPut = (_, _) =>
        {
            longest = Math.Max(longest, process.Shard.State.Version - process.Shard.State.CheckpointVersion);
            return Task.CompletedTask;
        };
        for (var i = 0; i < 2_000; i++)
            await process.AppendAsync("x");

        Assert.InRange(longest, 64, 513);
        Assert.True(process.Shard.State.CheckpointVersion > 1_000);
    }

    [Fact]
    public async Task A_flush_of_many_partitions_leaves_its_directory_in_the_object_and_recovers_from_there()
    {
        var process = await _cluster.OpenAsync(o => o.FlushInterval = TimeSpan.FromSeconds(1));
        var partitions = Enumerable.Range(10, 400).Select(i => new PartitionId(Guid.Empty, i)).ToArray();
        foreach (var partition in partitions)
            await process.Shard.SubmitAsync(_ => new PartitionCreatedEntry(0, partition), ShardCluster.Token);
        await process.AppendAsync("opens the interval");
        var results = partitions.Select(p => process.AppendAsync(ShardCluster.Batch("one", "two"), p)).ToArray();
        await process.Shard.FlushAsync(ShardCluster.Token);

        var newest = await new JournalReader(0, _cluster.Ring, _cluster.Registers).FindNewestAsync(ShardCluster.Token);
        Assert.NotNull(Assert.IsType<FlushEntry>(Assert.Single(newest!.Value.Commit.Decode())).Pointer);
        Assert.InRange(newest.Value.Commit.Encode().Length, 1, 900); // A unit of a store that bills by the KiB.
        var next = await _cluster.OpenAsync(createPartitions: false);

        Assert.All(await Task.WhenAll(results), r => Assert.Equal((ErrorCode.None, 0L, 1L), (r.Error, r.BaseOffset, r.LastOffset)));
        Assert.Equal(CheckpointCodec.Encode(process.Shard.State).ToArray(), CheckpointCodec.Encode(next.Shard.State).ToArray());
        Assert.Equal(["one", "two"], (await _cluster.ReadLogAsync(next.Shard.State, partitions[^1])).Select(l => l.Value));
    }

    [Fact]
    public async Task Offsets_are_patched_in_tail_memory_and_not_in_the_object()
    {
        var process = await _cluster.OpenAsync();
        await process.AppendAsync("a", "b");
        await process.AppendAsync("c");

        var slice = process.Shard.State.Find(ShardCluster.Partition)!.Recent[1];
        Assert.True(process.Shard.Tail.TryGet(slice.Object, out var buffer));
        var pieces = new List<ReadOnlyMemory<byte>>();
        buffer.CollectPieces(slice.Position, slice.Bytes, pieces);
        var header = new RecordBatchHeader(Assert.Single(pieces).Span);
        Assert.Equal((2L, 0), (header.BaseOffset, header.PartitionLeaderEpoch));
        Assert.True(RecordBatchValidator.HasValidCrc(pieces[0].Span));
        buffer.Release();
        var stored = new byte[slice.Bytes];
        await _cluster.Objects.GetRangeAsync(slice.Object.NameIn(0), slice.Position, stored, ShardCluster.Token);
        Assert.Equal(0, new RecordBatchHeader(stored).BaseOffset);
    }

    [Fact]
    public async Task Refused_items_leave_a_hole_in_the_object_and_none_in_the_log()
    {
        var process = await _cluster.OpenAsync(o => o.FlushInterval = TimeSpan.FromMinutes(1));
        await process.AppendAsync("opens the interval");
        var appends = new[]
        {
            process.AppendAsync("a"), process.AppendAsync(ShardCluster.Batch("refused"), expectedOffset: 77), process.AppendAsync("b"),
        };
        await process.Shard.DrainAsync(ShardCluster.Token);
        await Task.WhenAll(appends);

        var log = await _cluster.ReadLogAsync(process.Shard.State, ShardCluster.Partition);

        Assert.Equal([(0L, "opens the interval"), (1L, "a"), (2L, "b")], log);
        Assert.Equal(3, process.Shard.State.Find(ShardCluster.Partition)!.Recent.Count);
    }

    [Fact]
    public async Task A_lease_is_taken_with_the_next_epoch_and_a_stale_taker_withdraws()
    {
        var (first, second) = (await _cluster.OpenAsync(), await _cluster.OpenAsync());
        Entry? Take(ShardState state, string who) => state.Holder is null ? new HolderEntry(0, state.Epoch + 1, who) : null;

        var outcomes = await Task.WhenAll(
            first.Shard.SubmitAsync(s => Take(s, "0/test"), ShardCluster.Token).AsTask(),
            second.Shard.SubmitAsync(s => Take(s, "1/test"), ShardCluster.Token).AsTask());

        Assert.Single(outcomes, o => o.Result == CommitResult.Applied);
        Assert.Single(outcomes, o => o.Result == CommitResult.Withdrawn);
        var state = await first.Shard.RefreshAsync(ShardCluster.Token);
        Assert.Equal(1, state.Epoch);
    }

    [Fact]
    public async Task Commits_with_the_lease_do_not_count_as_leaseless()
    {
        var (first, second) = (await _cluster.OpenAsync(), await _cluster.OpenAsync());
        await first.Shard.SubmitAsync(s => new HolderEntry(0, s.Epoch + 1, "0/test"), ShardCluster.Token);
        await first.AppendAsync("with");
        Assert.Equal(0, first.Shard.State.LeaselessVersion);

        await second.AppendAsync("without");

        Assert.Equal(second.Shard.State.Version, second.Shard.State.LeaselessVersion);
    }
}
