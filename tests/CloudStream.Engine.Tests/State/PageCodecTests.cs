using CloudStream.Log.Entries;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.State;

public sealed class PageCodecTests
{
    private static readonly IndexPage s_slices = IndexPage.OfSlices(3, 7,
    [
        new Slice(new ObjectRef(ObjectKind.Merged, 40, 0xabc), 32, 9_000_000, 100, 250, 1_700_000_000_000, 2),
        new Slice(new ObjectRef(ObjectKind.Segment, 41, 0xdef), 32, 5_000_000, 250, 300, -1, 3),
    ]);

    private static readonly IndexPage s_pages = IndexPage.OfPages(3, 7,
    [
        new PageRef(new ObjectRef(ObjectKind.Page, 50, 1), 0, 0, 100, 1_699_000_000_000, 77),
        new PageRef(new ObjectRef(ObjectKind.Page, 51, 2), 0, 100, 300, 1_700_000_000_000, 88),
    ]);

    [Fact]
    public void A_page_of_slices_reads_back_as_it_was_written()
    {
        var read = PageCodec.Decode(PageCodec.Encode(s_slices).Span);
        Assert.Equal((3, 7, 0), (read.Shard, read.Slot, read.Level));
        Assert.Equal(s_slices.Slices.ToArray(), read.Slices.ToArray());
        Assert.Empty(read.Pages);
    }

    [Fact]
    public void A_page_of_pages_reads_back_as_it_was_written()
    {
        var read = PageCodec.Decode(PageCodec.Encode(s_pages).Span);
        Assert.Equal((3, 7, 1), (read.Shard, read.Slot, read.Level));
        Assert.Equal(s_pages.Pages.ToArray(), read.Pages.ToArray());
        Assert.Empty(read.Slices);
    }

    [Fact]
    public void A_reference_covers_what_its_page_lists()
    {
        var name = new ObjectRef(ObjectKind.Page, 60, 9);
        Assert.Equal(new PageRef(name, 0, 100, 300, 1_700_000_000_000, 14_000_000), s_slices.ToRef(name));
        Assert.Equal(new PageRef(name, 1, 0, 300, 1_700_000_000_000, 165), s_pages.ToRef(name));
    }

    [Fact]
    public void A_page_cut_or_changed_anywhere_is_corrupt()
    {
        var bytes = PageCodec.Encode(s_slices).ToArray();
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal(StoreErrorKind.Corrupt, Assert.Throws<StoreException>(() => PageCodec.Decode(bytes.AsSpan(0, length))).Kind);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x10;
            Assert.Equal(StoreErrorKind.Corrupt, Assert.Throws<StoreException>(() => PageCodec.Decode(bytes)).Kind);
            bytes[i] ^= 0x10;
        }
    }

    // Laid out by hand from docs/FORMATS.md, checksums by another program.
    [Fact]
    public void The_bytes_are_those_of_the_formats_page()
    {
        var slices = IndexPage.OfSlices(3, 7,
        [
            new Slice(new ObjectRef(ObjectKind.Merged, 300, 0x1122334455667788), 32, 1000, 100, 150, 5000, 2),
            new Slice(new ObjectRef(ObjectKind.Segment, 301, 1), 64, 10, 150, 151, -1, 3),
        ]);
        var pages = IndexPage.OfPages(3, 7, [new PageRef(new ObjectRef(ObjectKind.Page, 5, 9), 0, 0, 150, -1, 77)]);

        Assert.Equal("4353504701030700026dac02887766554433221120e8076432904e0473ad020100000000000000400a0001914e02fc2b2596",
            Convert.ToHexStringLower(PageCodec.Encode(slices).Span));
        Assert.Equal("43535047010307010170050900000000000000009601014d30d9dfa6", Convert.ToHexStringLower(PageCodec.Encode(pages).Span));
    }
}
