using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests.Compression;

/// <summary>Blocks written by hand from snappy's format description.</summary>
public sealed class SnappyTests
{
    private const string FrameHeader = "82534E4150505900" + "00000001" + "00000001";

    [Theory]
    [InlineData("00", "")]
    [InlineData("0308616263", "abc")] // literal of 3
    [InlineData("0908616263" + "0903", "abcabcabc")] // then a copy of 6 from 3 back, one-byte offset, overlapping
    [InlineData("0908616263" + "160300", "abcabcabc")] // the same with a two-byte offset
    [InlineData("0908616263" + "1703000000", "abcabcabc")] // the same with a four-byte offset
    [InlineData("03F002616263", "abc")] // literal length in one byte
    [InlineData("03F40200616263", "abc")] // in two
    [InlineData("03F8020000616263", "abc")] // in three
    [InlineData("03FC02000000616263", "abc")] // in four
    [InlineData("838000" + "08616263", "abc")] // padded length
    public void Every_kind_of_element_decodes(string block, string text) => Assert.Equal(text, Decode(block));

    [Fact]
    public void A_framed_stream_of_several_blocks_decodes() =>
        Assert.Equal("abcde", Decode(FrameHeader + "00000005" + "0308616263" + "00000004" + "02046465"));

    [Fact]
    public void Framed_streams_one_after_another_decode() =>
        Assert.Equal("abcde", Decode(FrameHeader + "00000005" + "0308616263" + FrameHeader + "00000004" + "02046465"));

    [Theory]
    [InlineData("03")] // length only
    [InlineData("0408616263")] // one byte missing
    [InlineData("0208616263")] // one byte too many
    [InlineData("030861")] // literal cut off
    [InlineData("03F0")] // literal length cut off
    [InlineData("03FFFFFFFFFF")] // literal of 4 GiB
    [InlineData("0908616263" + "09")] // copy cut off
    [InlineData("0908616263" + "1603")]
    [InlineData("0908616263" + "17030000")]
    [InlineData("0908616263" + "0900")] // copy from 0 back
    [InlineData("0908616263" + "0904")] // copy from before the start
    [InlineData("0908616263" + "17FFFFFFFF")]
    [InlineData("0808616263" + "0903")] // copy past the end
    [InlineData("808080808000")] // length of six bytes
    [InlineData("FFFFFFFF1F")] // length past 32 bits
    [InlineData("8080")] // length cut off
    [InlineData("FF0108616263")] // 255 bytes claimed by six
    [InlineData("82534E41505059000000000100")] // frame header cut off
    [InlineData(FrameHeader + "000000")] // block length cut off
    [InlineData(FrameHeader + "00000006" + "0308616263")] // block cut off
    [InlineData(FrameHeader + "FFFFFFFF" + "0308616263")] // negative block length
    [InlineData(FrameHeader + "00000000")] // block without a length
    public void Damaged_data_is_refused(string hex)
    {
        var error = Assert.Throws<CompressedDataException>(() => Decode(hex));
        Assert.StartsWith("The snappy data is damaged: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_that_claims_gigabytes_is_refused_before_anything_is_allocated()
    {
        var claim = GoldenBatches.Hex("FFFFFFFF07" + "08616263");
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<CompressedDataException>(() => CodecTests.Decompress(CompressionType.Snappy, claim, int.MaxValue));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void The_limit_covers_all_blocks_of_a_frame()
    {
        var error = Assert.Throws<CompressedDataException>(() => CodecTests.Decompress(
            CompressionType.Snappy, GoldenBatches.Hex(FrameHeader + "00000005" + "0308616263" + "00000004" + "02046465"), 4));
        Assert.True(error.IsTooLarge);
    }

    private static string Decode(string hex) =>
        System.Text.Encoding.ASCII.GetString(CodecTests.Decompress(CompressionType.Snappy, GoldenBatches.Hex(hex), 10_000));
}
