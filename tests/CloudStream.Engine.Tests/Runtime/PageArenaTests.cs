using System.Buffers;
using CloudStream.Log.Memory;

namespace CloudStream.Engine.Tests.Runtime;

public sealed unsafe class PageArenaTests
{
    private const int MiB = 1024 * 1024;

    [Fact]
    public void Buffers_that_are_held_never_share_a_byte_whatever_comes_and_goes()
    {
        var random = new Random(5);
        var arena = new PageArena(maxIdleBytes: 4 * MiB);
        var held = new List<(NativeBuffer Buffer, byte Mark)>();
        long bytes = 0;
        for (var round = 0; round < 3000; round++)
        {
            if (bytes < 150 * MiB && random.Next(5) > 1)
            {
                var length = random.Next(8) == 0 ? random.Next(MiB, 17 * MiB) : random.Next(1, 2 * MiB);
                var buffer = arena.Rent(length);
                Assert.InRange(buffer.Length, length, length + PageArena.UnitBytes);
                var mark = (byte)random.Next(256);
                Mark(buffer, mark);
                held.Add((buffer, mark));
                bytes += buffer.Length;
            }
            else if (held.Count > 0)
            {
                var at = random.Next(held.Count);
                AssertMarked(held[at].Buffer, held[at].Mark);
                bytes -= held[at].Buffer.Length;
                held[at].Buffer.Free();
                held.RemoveAt(at);
                Assert.InRange(arena.IdleBytes, 0, 4 * MiB);
            }
        }

        foreach (var (buffer, mark) in held)
            AssertMarked(buffer, mark);
    }

    [Fact]
    public void Buffers_begin_at_pages_and_the_lowest_place_that_is_free_is_taken()
    {
        var arena = new PageArena(maxIdleBytes: 64 * MiB);
        var buffers = Enumerable.Range(0, 4).Select(_ => arena.Rent(MiB)).ToArray();
        var addresses = buffers.Select(AddressOf).ToArray();
        Assert.Equal([0, MiB, 2 * MiB, 3 * MiB], addresses.Select(a => (int)(a - addresses[0])));
        Assert.Equal(0, addresses[0] % (2 * MiB));

        buffers[1].Free();
        buffers[2].Free();
        Assert.Equal(addresses[1] + PageArena.UnitBytes, AddressOf(Skip(arena, PageArena.UnitBytes, 2 * MiB - PageArena.UnitBytes)));
        Assert.Equal(addresses[3] + MiB, AddressOf(arena.Rent(100_000)));
    }

    [Fact]
    public void Pages_in_which_nothing_is_left_are_kept_up_to_the_limit_and_used_again()
    {
        var arena = new PageArena(maxIdleBytes: 4 * MiB);
        var buffers = Enumerable.Range(0, 4).Select(_ => arena.Rent(2 * MiB)).ToArray();
        Assert.Equal(0, arena.IdleBytes);
        foreach (var buffer in buffers)
            buffer.Free();
        Assert.Equal(4 * MiB, arena.IdleBytes);
        using IMemoryOwner<byte> again = arena.Rent(3 * MiB);
        Assert.Equal(0, arena.IdleBytes);
    }

    [Fact]
    public void More_than_one_slab_is_taken_when_it_is_needed_and_given_back_when_it_is_empty()
    {
        var arena = new PageArena(maxIdleBytes: 1024 * MiB);
        var buffers = Enumerable.Range(0, 20).Select(_ => arena.Rent(16 * MiB)).ToList();
        foreach (var buffer in buffers)
            buffer.Free();
        Assert.Equal(64 * MiB, arena.IdleBytes);
    }

    [Fact]
    public void What_nobody_refers_to_any_more_comes_back()
    {
        var arena = new PageArena(maxIdleBytes: 64 * MiB);
        Drop(arena);
        for (var i = 0; i < 100 && arena.IdleBytes == 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(16 * MiB, arena.IdleBytes);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Drop(PageArena arena) => Mark(arena.Rent(16 * MiB), 1);

    // Takes a first buffer of so many bytes and returns the next one.
    private static NativeBuffer Skip(PageArena arena, int first, int then)
    {
        arena.Rent(first);
        return arena.Rent(then);
    }

    private static nint AddressOf(NativeBuffer buffer)
    {
        using var pinned = buffer.Pin();
        return (nint)pinned.Pointer;
    }

    private static void Mark(NativeBuffer buffer, byte mark)
    {
        var bytes = buffer.GetSpan();
        for (var i = 0; i < bytes.Length; i += 4096)
            bytes[i] = mark;
        bytes[^1] = mark;
    }

    private static void AssertMarked(NativeBuffer buffer, byte mark)
    {
        var bytes = buffer.GetSpan();
        for (var i = 0; i < bytes.Length; i += 4096)
            Assert.Equal(mark, bytes[i]);
        Assert.Equal(mark, bytes[^1]);
    }
}
