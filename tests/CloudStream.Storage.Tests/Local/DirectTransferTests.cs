using CloudStream.Records;
using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Tests.Local;

/// <summary>Large reads and writes past the page cache, at positions and of lengths that no block boundary knows of.</summary>
public sealed class DirectTransferTests : IDisposable
{
    private const int MiB = 1024 * 1024;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_written_in_pieces_stands_between_what_was_there(bool isWanted)
    {
        var random = new Random(1);
        var transfers = new DirectTransfers(isWanted);
        var path = _folder.File("file");
        var expected = new byte[8 * MiB];
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        using var direct = transfers.TryOpen(path, FileAccess.Write);
        var end = 0;
        for (var round = 0; round < 12; round++)
        {
            var pieces = Pieces(random, round % 3 == 0
                ? 4096
                : random.Next(DirectTransfers.LeastBytes - 10, DirectTransfers.LeastBytes * 6));
            transfers.Write(file, direct, pieces, pieces.Sum(p => (long)p.Length), end);
            foreach (var piece in pieces)
            {
                piece.Span.CopyTo(expected.AsSpan(end));
                end += piece.Length;
            }
        }

        Assert.Equal(end, RandomAccess.GetLength(file));
        Assert.Equal(expected[..end], File.ReadAllBytes(path));
    }

    [Fact]
    public void Any_range_reads_as_it_does_through_the_page_cache()
    {
        var random = new Random(2);
        var path = _folder.File("file");
        var bytes = new byte[(5 * MiB) + 1234];
        random.NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        var transfers = new DirectTransfers(isWanted: true);
        using var direct = transfers.TryOpen(path, FileAccess.Read);
        Assert.SkipWhen(direct is null, "the file system of the temporary folder has no transfers past the page cache");

        using var buffer = new AlignedBuffer(MiB / 2);
        foreach (var (position, length) in Ranges(random, bytes.Length))
        {
            var room = new byte[length];
            var read = transfers.Read(direct, buffer, length, room, position)!.Value;
            Assert.Equal(Expected(bytes, position, length), read.Span);
            Assert.True(read.Span.Overlaps(room, out var offset) ? offset == 0 : read.IsEmpty);
        }
    }

    [Fact]
    public void Where_there_is_room_for_whole_blocks_the_bytes_stay_where_the_disk_has_put_them()
    {
        var random = new Random(3);
        var path = _folder.File("file");
        var bytes = new byte[(5 * MiB) + 1234];
        random.NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        var transfers = new DirectTransfers(isWanted: true);
        using var direct = transfers.TryOpen(path, FileAccess.Read);
        Assert.SkipWhen(direct is null, "the file system of the temporary folder has no transfers past the page cache");

        using var buffer = new AlignedBuffer(MiB / 2);
        foreach (var (position, length) in Ranges(random, bytes.Length))
        {
            using var room = new PageMemory(length + ObjectRanges.SlackBytes);
            buffer.Span.Fill(0xEE);
            var read = transfers.Read(direct, buffer, length, room.Memory, position)!.Value;
            Assert.Equal(Expected(bytes, position, length), read.Span);
            Assert.Equal(-1, buffer.Span.IndexOfAnyExcept((byte)0xEE));
            if (!read.IsEmpty)
                Assert.Equal(position % 4096, OffsetOf(read, room.Memory));
        }
    }

    [Fact]
    public void A_file_that_is_not_there_cannot_be_opened_and_others_still_can()
    {
        var transfers = new DirectTransfers(isWanted: true);
        File.WriteAllBytes(_folder.File("there"), [1, 2, 3]);
        using (var before = transfers.TryOpen(_folder.File("there"), FileAccess.Read))
            Assert.SkipWhen(before is null, "the file system of the temporary folder has no transfers past the page cache");

        Assert.Null(transfers.TryOpen(_folder.File("missing"), FileAccess.Read));

        using var after = transfers.TryOpen(_folder.File("there"), FileAccess.Read);
        Assert.NotNull(after);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Objects_of_all_sizes_come_back_whole_and_in_ranges_also_from_another_process(bool isWanted)
    {
        var random = new Random(4);
        using var writer = new LocalObjectStore(_folder.Path, new LocalStoreOptions { DirectTransfers = isWanted });
        var objects = new Dictionary<string, byte[]>();
        foreach (var size in new[] { 10, 5000, DirectTransfers.LeastBytes + 1, MiB, 3, (2 * MiB) + 77, 17 * MiB, 4096 })
        {
            var content = new byte[size];
            random.NextBytes(content);
            var name = $"objects/{objects.Count}";
            objects.Add(name, content);
            await writer.PutAsync(name, [content.AsMemory(0, size / 3), content.AsMemory(size / 3)], Token);
        }

        using var other = new LocalObjectStore(_folder.Path, new LocalStoreOptions { DirectTransfers = !isWanted });
        foreach (var store in new[] { writer, other })
        {
            foreach (var (name, content) in objects)
            {
                Assert.Equal(content.Length, await store.GetSizeAsync(name, Token));
                foreach (var (position, length) in Ranges(random, content.Length).Take(6).Append((0, content.Length)))
                {
                    var read = new byte[length];
                    var count = await store.GetRangeAsync(name, position, read, Token);
                    Assert.Equal(Expected(content, position, length), read.AsSpan(0, count));

                    using var room = new PageMemory(length + ObjectRanges.SlackBytes);
                    var somewhere = await store.GetRangeAsync(name, position, length, room.Memory, Token);
                    Assert.Equal(Expected(content, position, length), somewhere.Span);
                }
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static List<ReadOnlyMemory<byte>> Pieces(Random random, int length)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        while (length > 0)
        {
            var piece = new byte[Math.Min(length, random.Next(1, 70_000))];
            random.NextBytes(piece);
            pieces.Add(piece);
            length -= piece.Length;
        }

        return pieces;
    }

    [Fact]
    public async Task A_checksum_that_the_maker_of_an_object_knows_is_the_one_that_is_kept()
    {
        using var store = new LocalObjectStore(_folder.Path, new LocalStoreOptions());
        byte[] content = [1, 2, 3];
        await store.PutAsync("right", new CheckedContent([content], Crc32C.Compute(content)), Token);
        await store.PutAsync("wrong", new CheckedContent([content], Crc32C.Compute(content) + 1), Token);

        var read = new byte[3];
        Assert.Equal(3, await store.GetRangeAsync("right", 0, read, Token));
        Assert.Equal(content, read);
        Assert.Equal(StoreErrorKind.Corrupt,
            (await Assert.ThrowsAsync<StoreException>(() => store.GetRangeAsync("wrong", 0, read, Token).AsTask())).Kind);
    }

    private static ReadOnlySpan<byte> Expected(byte[] bytes, int position, int length)
    {
        var start = Math.Min(position, bytes.Length);
        return bytes.AsSpan(start, Math.Min(length, bytes.Length - start));
    }

    private static int OffsetOf(Memory<byte> part, Memory<byte> whole) => whole.Span.Overlaps(part.Span, out var offset) ? offset : -1;

    private static IEnumerable<(int Position, int Length)> Ranges(Random random, int size)
    {
        yield return (0, size);
        yield return (0, size + 5000);
        yield return (Math.Min(size, 4096), 4096);
        yield return (Math.Max(0, size - 1), 10);
        for (var i = 0; i < 20; i++)
        {
            var position = random.Next(0, size);
            yield return (position, random.Next(1, size + 1));
        }
    }
}
