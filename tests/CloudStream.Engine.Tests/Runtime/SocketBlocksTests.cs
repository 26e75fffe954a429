using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CloudStream.Log.Memory;

namespace CloudStream.Engine.Tests.Runtime;

public sealed class SocketBlocksTests
{
    [Fact]
    public void A_block_is_whole_whatever_is_asked_for_and_more_than_a_block_is_refused()
    {
        using var blocks = new SocketBlocks();
        Assert.Equal(65_536, blocks.MaxBufferSize);
        foreach (var wanted in new[] { -1, 0, 2048, 65_536 })
        {
            using var block = blocks.Rent(wanted);
            Assert.Equal(65_536, block.Memory.Length);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => blocks.Rent(65_537));
    }

    [Fact]
    public void A_block_that_was_given_back_is_used_again_once()
    {
        using var blocks = new SocketBlocks();
        var first = blocks.Rent();
        first.Memory.Span[0] = 42;
        first.Dispose();
        first.Dispose();
        using var second = blocks.Rent();
        using var third = blocks.Rent();
        Assert.Equal(42, second.Memory.Span[0]);
        Assert.False(second.Memory.Span.Overlaps(third.Memory.Span));
        Assert.Equal(2 * 65_536, blocks.UsedBytes);
    }

    [Fact]
    public void What_many_connections_have_filled_at_once_goes_back_without_anybody_asking()
    {
        using var blocks = new SocketBlocks();
        var left = FillAndGiveBack(blocks, 1500);

        Assert.Equal((0L, 256), (blocks.UsedBytes, blocks.Kept));
        Assert.True(SpinWait.SpinUntil(() => left.Count(l => l.IsAlive) <= 700, TimeSpan.FromSeconds(30)));
    }

    // Apart, so that nothing here refers to them any more.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference> FillAndGiveBack(SocketBlocks blocks, int count)
    {
        var rented = Enumerable.Range(0, count).Select(_ => blocks.Rent()).ToList();
        var arrays = rented.ConvertAll(b =>
        {
            Assert.True(MemoryMarshal.TryGetArray<byte>(b.Memory, out var array));
            return new WeakReference(array.Array);
        });
        rented.ForEach(b => b.Dispose());
        return arrays;
    }

    [Fact]
    public async Task Blocks_are_taken_and_given_back_by_many_at_once()
    {
        using var blocks = new SocketBlocks();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Factory.StartNew(() =>
        {
            var held = new Queue<IMemoryOwner<byte>>();
            for (var i = 0; i < 5000; i++)
            {
                held.Enqueue(blocks.Rent());
                held.Last().Memory.Span[..8].Fill((byte)n);
                if (held.Count <= 40)
                    continue;
                var first = held.Dequeue();
                Assert.Equal(-1, first.Memory.Span[..8].IndexOfAnyExcept((byte)n));
                first.Dispose();
            }

            while (held.TryDequeue(out var block))
                block.Dispose();
        }, TaskCreationOptions.LongRunning)));
        Assert.Equal(0, blocks.UsedBytes);
    }
}
