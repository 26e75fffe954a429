using CloudStream.Engine.Runtime;

namespace CloudStream.Engine.Tests.Runtime;

public sealed class BufferPoolTests
{
    [Theory]
    [InlineData(0, 256)]
    [InlineData(256, 256)]
    [InlineData(257, 320)]
    [InlineData(320, 320)]
    [InlineData(512, 512)]
    [InlineData(1024 * 1024, 1024 * 1024)]
    [InlineData((1024 * 1024) + 1, (1024 + 256) * 1024)]
    [InlineData(100_000, 112 * 1024)]
    public void Sizes_go_in_quarter_steps_between_powers_of_two(int length, int size) => Assert.Equal(size, new BufferPool(0).Rent(length).Length);

    [Fact]
    public void Every_length_fits_its_class_and_classes_ascend()
    {
        var last = (Index: -1, Size: 0);
        for (var length = 1; length < 5_000_000; length += 1 + (length / 97))
        {
            var (index, size) = BufferPool.ClassOf(length);
            Assert.InRange(size, length, Math.Max(256, length + (length / 4) + 1));
            Assert.True(index == last.Index ? size == last.Size : index > last.Index && size > last.Size);
            Assert.Equal((index, size), BufferPool.ClassOf(size));
            last = (index, size);
        }
    }

    [Fact]
    public void What_is_returned_is_rented_again_up_to_the_limit()
    {
        var pool = new BufferPool(maxKeptBytes: 4096);
        var arrays = Enumerable.Range(0, 5).Select(_ => pool.Rent(1000)).ToArray();
        foreach (var array in arrays)
            pool.Return(array);

        Assert.Equal(4096, pool.KeptBytes);
        Assert.Same(arrays[3], pool.Rent(1024));
        Assert.Same(arrays[2], pool.Rent(897));
        Assert.Same(arrays[1], pool.Rent(1000));
        Assert.Same(arrays[0], pool.Rent(1000));
        var fresh = pool.Rent(1000);
        Assert.All(arrays, kept => Assert.NotSame(kept, fresh));
    }

    [Fact]
    public void When_too_much_is_kept_the_size_that_was_not_asked_for_longest_goes()
    {
        var pool = new BufferPool(maxKeptBytes: 4096);
        var former = new[] { pool.Rent(512), pool.Rent(512) };
        var present = new[] { pool.Rent(1024), pool.Rent(1024), pool.Rent(1024), pool.Rent(1024) };
        foreach (var array in former.Concat(present))
            pool.Return(array);

        Assert.Equal(4096, pool.KeptBytes);
        Assert.Same(present[3], pool.Rent(1024));
        var fresh = pool.Rent(512);
        Assert.All(former, gone => Assert.NotSame(gone, fresh));
    }

    [Fact]
    public void What_is_too_large_for_the_pool_is_allocated_and_forgotten()
    {
        var pool = new BufferPool(maxKeptBytes: long.MaxValue);
        pool.Return(pool.Rent((128 * 1024 * 1024) + 1));
        var small = new BufferPool(maxKeptBytes: 4096);
        small.Return(small.Rent(1280));

        Assert.Equal(0, pool.KeptBytes);
        Assert.Equal(0, small.KeptBytes);
    }
}
