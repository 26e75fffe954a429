using CloudStream.Log.Memory;

namespace CloudStream.Engine.Tests.Runtime;

public sealed class BufferPoolTests
{
    [Theory]
    [InlineData(0, 256)]
    [InlineData(256, 256)]
    [InlineData(257, 320)]
    [InlineData(320, 320)]
    [InlineData(512, 512)]
    [InlineData(40_000, 40 * 1024)]
    [InlineData(65_536, 65_536)]
    public void Small_sizes_go_in_quarter_steps_between_powers_of_two(int length, int size) =>
    Assert.Equal(size, new BufferPool(0, 0).Rent(length).Length);

    [Theory]
    [InlineData(65_537, 131_072)]
    [InlineData(1024 * 1024, 1024 * 1024)]
    [InlineData((1024 * 1024) + 1, (1024 + 64) * 1024)]
    [InlineData(16 * 1024 * 1024, 16 * 1024 * 1024)]
    [InlineData((16 * 1024 * 1024) + 1, (16 * 1024 * 1024) + 1)]
    public void Large_sizes_go_in_units_of_64_KiB_up_to_16_MiB(int length, int size) =>
    Assert.Equal(size, new BufferPool(0, 0).Rent(length).Length);

    [Fact]
    public void Every_small_length_fits_its_class_and_classes_ascend()
    {
        var last = (Index: -1, Size: 0);
        for (var length = 1; length <= 65_536; length += 1 + (length / 97))
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
        var pool = new BufferPool(maxKeptBytes: 4096, maxIdlePageBytes: 0);
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
        var pool = new BufferPool(maxKeptBytes: 4096, maxIdlePageBytes: 0);
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
    public void What_was_given_back_to_the_system_cannot_be_used_any_more()
    {
        var pool = new BufferPool(maxKeptBytes: 0, maxIdlePageBytes: 0);
        foreach (var length in new[] { 100, 1_000_000, 20_000_000 })
        {
            var buffer = pool.Rent(length);
            buffer.Memory.Span.Fill(1);
            pool.Return(buffer);
            Assert.Throws<ObjectDisposedException>(() => buffer.GetSpan().Length);
            Assert.Throws<ObjectDisposedException>(() => buffer.Memory.Pin());
            pool.Return(buffer);
        }

        Assert.Equal(0, pool.KeptBytes);
    }
}
