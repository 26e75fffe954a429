using CloudStream.Log.Calls;
using CloudStream.Log.Flushes;
using CloudStream.Log.Reading;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>Chunks that this process wrote itself: sent from their files without being looked at again.</summary>
public sealed class WrittenChunkTests
{
    private const int Large = 70_000;

    [Fact]
    public async Task What_this_process_wrote_is_sent_from_its_file_without_a_second_look()
    {
        await using var world = new FetchWorld();
        world.Store.HasFiles = true;
        await world.FlushAsync([FetchWorld.Batch(1, Large), FetchWorld.Batch(2, Large), FetchWorld.Batch(1, Large)], keepInTail: true);
        PushOut(world.Shard.Tail);

        foreach (var (offset, batches) in ((long, int)[])[(0, 0), (1, 1), (2, 1), (3, 2)])
        {
            using var result = await FetchAsync(world, offset);
            Assert.Equal(world.Expect(offset), result.Pieces.SelectMany(BytesAsFile.Read).ToArray());
            Assert.Equal(world.Log.Skip(batches).Sum(b => b.Bytes.Length), result.Bytes);
        }

        Assert.Equal((0, 0), (world.Store.Scans, world.Store.Reads));
    }

    [Fact]
    public async Task What_others_wrote_is_looked_at_once()
    {
        await using var world = new FetchWorld();
        world.Store.HasFiles = true;
        await world.FlushAsync([FetchWorld.Batch(1, 2 * Large)]);

        for (var i = 0; i < 2; i++)
        {
            using var result = await FetchAsync(world, 0);
            Assert.Equal(world.Expect(0), result.Pieces.SelectMany(BytesAsFile.Read).ToArray());
        }

        Assert.Equal((1, 0), (world.Store.Scans, world.Store.Reads));
    }

    [Fact]
    public async Task Small_batches_and_those_who_want_memory_get_memory_that_was_verified()
    {
        await using var world = new FetchWorld();
        world.Store.HasFiles = true;
        await world.FlushAsync([.. Enumerable.Repeat(0, 30).Select(_ => FetchWorld.Batch(1, 5_000))], keepInTail: true);
        PushOut(world.Shard.Tail);
        using (var result = await FetchAsync(world, 0))
            Assert.Equal(world.Expect(0), FetchWorld.Join(result.Pieces));

        await world.FlushAsync([FetchWorld.Batch(1, 2 * Large)], keepInTail: true);
        PushOut(world.Shard.Tail);
        world.Store.Damage = (_, _, bytes) => bytes.Span[^1] ^= 1;
        using var damaged = await world.FetchAsync(30);
        Assert.Equal(ErrorCode.CorruptStorage, damaged.Error);
    }

    [Fact]
    public void Only_exact_runs_of_batches_are_found()
    {
        var batches = new[] { FetchWorld.Batch(1, Large), FetchWorld.Batch(3, Large), FetchWorld.Batch(1, Large) };
        var buffer = new FlushBuffer([], [batches[0], Array.Empty<byte>(), batches[1].Concat(batches[2]).ToArray()], start: 10);
        var layout = FlushLayout.Of(buffer)!;
        var ends = new long[] { 10, 10 + batches[0].Length, 10 + batches[0].Length + batches[1].Length, 10 + buffer.Bytes };

        for (var first = 0; first < 3; first++)
        {
            for (var end = first + 1; end <= 3; end++)
            {
                Assert.Equal((first, end - first), layout.Find(ends[first], ends[end] - ends[first]));
                Assert.Equal(0, layout.Find(ends[first] + 1, ends[end] - ends[first] - 1).Count);
                Assert.Equal(0, layout.Find(ends[first], ends[end] - ends[first] - 1).Count);
                Assert.Equal(0, layout.Find(ends[first], ends[end] - ends[first] + 1).Count);
            }

            Assert.Equal(0, layout.Find(ends[first], 0).Count);
        }

        Assert.Null(FlushLayout.Of(new FlushBuffer([], [batches[0].AsMemory(0, 66_000)], 10)));
        Assert.Null(FlushLayout.Of(new FlushBuffer([], [FetchWorld.Batch(1, 100), batches[0]], 10)));
    }

    private static async ValueTask<FetchResult> FetchAsync(FetchWorld world, long offset) => (await world.Reader.Several.FetchAsync(
        [new FetchTarget(world.Shard, FetchWorld.Partition, offset, 1 << 24)],
        new FetchOptions { MaxBytes = 1 << 24, TakesFiles = true }, FetchWorld.Token))[0];

    // As many bytes as it holds at most.
    private static void PushOut(TailMemory tail) => tail.Add(
        new FlushBuffer([], [new byte[1 << 24]], SegmentLayout.HeaderBytes) { Object = new(default, 0, (ulong)Random.Shared.NextInt64()) });
}
