using CloudStream.Kafka.Connections;
using Microsoft.AspNetCore.Connections;

namespace CloudStream.Kafka.Tests.Connections;

public sealed class ReceiveBlocksTests
{
    [Fact]
    public void A_block_is_whole_whatever_is_asked_for_and_more_than_a_block_is_refused()
    {
        using var blocks = new ReceiveBlocks();
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
        using var blocks = new ReceiveBlocks();
        var first = blocks.Rent();
        first.Memory.Span[0] = 42;
        first.Dispose();
        first.Dispose();
        using var second = blocks.Rent();
        using var third = blocks.Rent();
        Assert.Equal(42, second.Memory.Span[0]);
        Assert.False(second.Memory.Span.Overlaps(third.Memory.Span));
    }

    [Fact]
    public void Blocks_that_many_connections_have_filled_at_once_are_not_all_kept()
    {
        using var blocks = new ReceiveBlocks();
        var rented = Enumerable.Range(0, 1000).Select(_ => blocks.Rent()).ToList();
        rented.ForEach(b => b.Dispose());
        Assert.Equal(128, blocks.Kept);
    }

    [Fact]
    public void A_queue_of_the_server_that_ends_leaves_the_blocks_to_the_others()
    {
        using var blocks = new ReceiveBlocks();
        var (one, other) = (blocks.Create(), blocks.Create(new MemoryPoolOptions { Owner = "other" }));
        using var block = one.Rent();
        one.Dispose();
        using var later = other.Rent();
        Assert.Equal(65_536, block.Memory.Length);
        Assert.Equal(65_536, later.Memory.Length);
    }
}
