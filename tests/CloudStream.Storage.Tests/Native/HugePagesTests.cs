using CloudStream.Storage.Native;

namespace CloudStream.Storage.Tests.Native;

public sealed unsafe class HugePagesTests
{
    [Theory]
    [InlineData(1, 2_097_152)]
    [InlineData(2_097_152, 2_097_152)]
    [InlineData(2_097_153, 4_194_304)]
    public void Whole_pages_are_taken_at_a_multiple_of_their_size(long wanted, long bytes)
    {
        using var pages = new HugePages(wanted);
        Assert.Equal(bytes, pages.Bytes);
        Assert.Equal(0, pages.Address % 2_097_152);
        var all = new Span<byte>((void*)pages.Address, (int)pages.Bytes);
        all.Fill(7);
        Assert.Equal(-1, all.IndexOfAnyExcept((byte)7));
    }

    [Fact]
    public void A_page_that_is_discarded_loses_its_contents_alone_and_can_be_written_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "discarding does nothing here");
        using var pages = new HugePages(3 * HugePages.PageBytes);
        var all = new Span<byte>((void*)pages.Address, (int)pages.Bytes);
        all.Fill(7);
        pages.Discard(1);
        Assert.Equal(-1, all[..HugePages.PageBytes].IndexOfAnyExcept((byte)7));
        Assert.Equal(-1, all.Slice(HugePages.PageBytes, HugePages.PageBytes).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, all[(2 * HugePages.PageBytes)..].IndexOfAnyExcept((byte)7));
        all.Fill(8);
        Assert.Equal(-1, all.IndexOfAnyExcept((byte)8));
    }

    [Fact]
    public void Nothing_is_discarded_outside_or_after_the_end()
    {
        var pages = new HugePages(HugePages.PageBytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => pages.Discard(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pages.Discard(-1));
        pages.Dispose();
        pages.Discard(0);
        Assert.True(pages.IsClosed);
    }

    [Fact]
    public void More_than_the_system_can_address_is_refused_as_a_lack_of_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "asks the system itself on Linux alone");
        Assert.Throws<OutOfMemoryException>(() => new HugePages(1L << 60));
    }

    [Fact]
    public void No_bytes_are_no_pages() => Assert.Throws<ArgumentOutOfRangeException>(() => new HugePages(0));
}
