using CloudStream.Records;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Storage.Tests.Segments;

public sealed class SegmentObjectTests
{
    private const string Header = "43535347010073000700000005040302010000001807f6e5d4c3b2a19c0ddcc6";
    private const string Trailer = "e8030000000000004d000000bebafeca1606c8bd000000000000000047535343";
    private static readonly CancellationToken s_none = CancellationToken.None;

    [Fact]
    public void A_header_has_these_bytes()
    {
        var bytes = new byte[SegmentLayout.HeaderBytes];
        Samples.Header.Encode(bytes);
        Assert.Equal(Header, Convert.ToHexStringLower(bytes));
        Assert.Equal(Samples.Header, SegmentHeader.Decode(Convert.FromHexString(Header)));
    }

    [Fact]
    public void A_trailer_has_these_bytes()
    {
        var bytes = new byte[SegmentLayout.TrailerBytes];
        SegmentTrailer.Encode(new DirectoryPointer(1000, 77, 0xCAFEBABE), bytes);
        Assert.Equal(Trailer, Convert.ToHexStringLower(bytes));
        Assert.Equal(new DirectoryPointer(1000, 77, 0xCAFEBABE), SegmentTrailer.Decode(Convert.FromHexString(Trailer)));
    }

    [Theory]
    [InlineData(Header)]
    [InlineData(Trailer)]
    public void A_damaged_header_or_trailer_is_corrupt(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        for (var length = 0; length < bytes.Length; length++)
            AssertCorrupt(hex, bytes[..length]);
        for (var i = 0; i < bytes.Length * 8; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i / 8] ^= (byte)(1 << (i % 8));
            AssertCorrupt(hex, damaged);
        }
    }

    [Fact]
    public void A_newer_format_version_is_refused()
    {
        var bytes = Convert.FromHexString(Header);
        bytes[4] = 2;
        BitConverter.TryWriteBytes(bytes.AsSpan(28), Crc32C.Compute(bytes.AsSpan(0, 28)));
        Assert.Equal(StoreErrorKind.Refused, Assert.Throws<StoreException>(() => SegmentHeader.Decode(bytes)).Kind);
    }

    [Fact]
    public void An_object_is_header_slices_directory_and_trailer_without_copying_the_slices()
    {
        byte[] first = new byte[400], second = [7, 7, 7, 7, 7, 7, 7];
        var directory = FlushDirectoryCodec.Encode(Samples.Flush);

        var segment = SegmentAssembly.Create(Samples.Header, [first, second], directory);

        Assert.Equal(439, segment.Directory.Position);
        Assert.Equal(439 + directory.Length + 32, segment.TotalBytes);
        Assert.Equal(segment.TotalBytes, segment.Content.Sum(piece => (long)piece.Length));
        AssertKnowsItsCrc(segment, first, second, directory);
        Assert.True(segment.Content[1].Span.Overlaps(first));
        Assert.Equal(Header, Convert.ToHexStringLower(segment.Content[0].Span));
    }

    [Fact]
    public async Task A_flush_directory_is_read_by_way_of_the_trailer_or_of_a_commits_pointer()
    {
        var store = new MemoryObjectStore();
        var segment = SegmentAssembly.Create(Samples.Header, [new byte[407]], FlushDirectoryCodec.Encode(Samples.Flush));
        await store.PutAsync("seg", segment.Content, s_none);

        Samples.AssertSame(Samples.Flush, await SegmentDirectoryReader.ReadFlushAsync(store, "seg", s_none));
        Samples.AssertSame(Samples.Flush, await SegmentDirectoryReader.ReadFlushAsync(store, "seg", segment.Directory, s_none));
        await FailsAsync(StoreErrorKind.Corrupt, async () => await SegmentDirectoryReader.ReadMergeAsync(store, "seg", s_none));
        await FailsAsync(StoreErrorKind.NotFound, async () => await SegmentDirectoryReader.ReadFlushAsync(store, "none", s_none));
    }

    [Fact]
    public async Task A_merge_directory_is_read_by_way_of_the_trailer_or_of_a_commits_pointer()
    {
        var store = new MemoryObjectStore();
        var segment = SegmentAssembly.Create(Samples.Header, [new byte[1020]], MergeDirectoryCodec.Encode(Samples.Merge));
        await store.PutAsync("seg", segment.Content, s_none);

        Samples.AssertSame(Samples.Merge, await SegmentDirectoryReader.ReadMergeAsync(store, "seg", s_none));
        Samples.AssertSame(Samples.Merge, await SegmentDirectoryReader.ReadMergeAsync(store, "seg", segment.Directory, s_none));
    }

    [Fact]
    public async Task A_directory_longer_than_64_KiB_is_read_whole()
    {
        var items = Enumerable.Range(0, 20_000).Select(i => new SegmentItem(i, 1, 1, Samples.Timestamp + (i * 31 % 1000))).ToArray();
        var directory = new FlushDirectory([.. items], [.. items.Select(item => (uint)item.Slot)], []);
        var encoded = FlushDirectoryCodec.Encode(directory);
        Assert.InRange(encoded.Length, 100_000, 400_000);
        var store = new MemoryObjectStore();
        await store.PutAsync("seg", SegmentAssembly.Create(Samples.Header, [new byte[20_000]], encoded).Content, s_none);

        Samples.AssertSame(directory, await SegmentDirectoryReader.ReadFlushAsync(store, "seg", s_none));
    }

    [Fact]
    public async Task A_truncated_object_is_corrupt_at_every_length()
    {
        var bytes = Whole();
        for (var length = 0; length < bytes.Length; length++)
            await FailsAsync(StoreErrorKind.Corrupt, () => ReadAsync(bytes[..length]));
    }

    [Fact]
    public async Task A_flipped_bit_in_directory_or_trailer_is_corrupt()
    {
        var bytes = Whole();
        for (var i = 439 * 8; i < bytes.Length * 8; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i / 8] ^= (byte)(1 << (i % 8));
            await FailsAsync(StoreErrorKind.Corrupt, () => ReadAsync(damaged));
        }
    }

    [Fact]
    public async Task A_pointer_that_leads_elsewhere_is_corrupt()
    {
        var store = new MemoryObjectStore();
        var segment = SegmentAssembly.Create(Samples.Header, [new byte[407]], FlushDirectoryCodec.Encode(Samples.Flush));
        await store.PutAsync("seg", segment.Content, s_none);
        var good = segment.Directory;
        foreach (var wrong in (DirectoryPointer[])[good with { Crc = 1 }, good with { Length = -1 },
            good with { Length = good.Length + 100 }, good with { Position = -1 }, good with { Position = 9999 }])
            await FailsAsync(StoreErrorKind.Corrupt, async () => await SegmentDirectoryReader.ReadFlushAsync(store, "seg", wrong, s_none));
    }

    [Fact]
    public async Task A_directory_that_does_not_fill_its_object_is_corrupt() =>
        await FailsAsync(StoreErrorKind.Corrupt, () => ReadAsync(Whole(sliceBytes: 406)));

    private static byte[] Whole(int sliceBytes = 407) =>
        [.. SegmentAssembly.Create(Samples.Header, [new byte[sliceBytes]], FlushDirectoryCodec.Encode(Samples.Flush)).Content.SelectMany(
            piece => piece.ToArray())];

    private static async Task ReadAsync(byte[] bytes)
    {
        var store = new MemoryObjectStore();
        await store.PutAsync("seg", [bytes], s_none);
        await SegmentDirectoryReader.ReadFlushAsync(store, "seg", s_none);
    }

    private static void AssertCorrupt(string original, byte[] bytes)
    {
        var failure = Assert.Throws<StoreException>(() =>
        {
            if (original == Header)
                SegmentHeader.Decode(bytes);
            else
                SegmentTrailer.Decode(bytes);
        });
        Assert.Equal(StoreErrorKind.Corrupt, failure.Kind);
    }

    private static async Task FailsAsync(StoreErrorKind kind, Func<Task> call) =>
        Assert.Equal(kind, (await Assert.ThrowsAsync<StoreException>(call)).Kind);

    // The sum that is put together from those of the parts is the one of the bytes.
    private static void AssertKnowsItsCrc(SegmentAssembly computed, byte[] first, byte[] second, ReadOnlyMemory<byte> directory)
    {
        var crc = Crc32C.Append(Crc32C.Compute(first), second);
        var known = SegmentAssembly.Create(Samples.Header, [first, second], directory, crc).Content;
        Assert.IsType<CheckedContent>(known);
        Assert.Equal(CheckedContent.CrcOf(computed.Content), CheckedContent.CrcOf(known));
        Assert.Equal(Crc32C.Compute([.. known.SelectMany(piece => piece.ToArray())]), CheckedContent.CrcOf(known));
        Assert.NotEqual(CheckedContent.CrcOf(known),
            CheckedContent.CrcOf(SegmentAssembly.Create(Samples.Header, [first, second], directory, crc + 1).Content));
    }
}
