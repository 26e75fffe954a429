using CloudStream.Storage.Formats;
using CloudStream.Storage.Segments;

namespace CloudStream.Storage.Tests.Segments;

public sealed class MergeDirectoryCodecTests
{
    private const string Slices = "0202e807320a80a0abfef96200143c0181a0abfef962";
    private const string Directory = "6d" + Slices + "02d804040590030606" + "01140100" + "0100000002000000" + "00"
        + "0173c8018877665544332211";

    [Fact]
    public void Slices_of_a_commit_have_these_bytes_and_no_chunks()
    {
        var writer = new FormatWriter();
        MergeDirectoryCodec.WriteSlices(writer, Samples.Merge.Slices.AsSpan());
        Assert.Equal(Slices, Convert.ToHexStringLower(writer.Written.Span));

        var reader = new FormatReader(Convert.FromHexString(Slices), "test");
        var slices = MergeDirectoryCodec.ReadSlices(ref reader);
        Assert.Equal([new MergedSlice(1, 1000, 50, 60, Samples.Timestamp, []), new MergedSlice(1, 20, 60, 61, -1, [])], slices);
    }

    [Fact]
    public void A_directory_has_these_bytes()
    {
        Assert.Equal(Directory, Convert.ToHexStringLower(MergeDirectoryCodec.Encode(Samples.Merge).Span));
        Samples.AssertSame(Samples.Merge, MergeDirectoryCodec.Decode(Convert.FromHexString(Directory)));
    }

    [Fact]
    public void Damaged_bytes_are_corrupt_or_read_as_something_else_and_nothing_worse()
    {
        Samples.AssertSurvivesDamage(Convert.FromHexString(Directory), bytes => MergeDirectoryCodec.Decode(bytes));
        Samples.AssertSurvivesDamage(Convert.FromHexString(Slices), bytes =>
        {
            var reader = new FormatReader(bytes, "test");
            MergeDirectoryCodec.ReadSlices(ref reader);
            reader.End();
        });
    }

    [Fact]
    public void Chunks_that_are_not_their_slice_are_neither_written_nor_read()
    {
        MergedSlice[] wrong =
        [
            new(0, 10, 0, 5, 0, []),
            new(0, 10, 0, 5, 0, [new(9, 5, 0)]),
            new(0, 10, 0, 5, 0, [new(10, 4, 0)]),
            new(0, 10, 0, 5, 0, [new(5, 0, 0), new(5, 5, 0)]),
        ];
        foreach (var slice in wrong)
            Assert.ThrowsAny<ArgumentException>(() => MergeDirectoryCodec.Encode(new([slice], [0], [], [])));
        var shorter = Directory.Replace("01140100", "01130100", StringComparison.Ordinal);
        Assert.Equal(StoreErrorKind.Corrupt,
            Assert.Throws<StoreException>(() => MergeDirectoryCodec.Decode(Convert.FromHexString(shorter))).Kind);
    }

    [Fact]
    public void What_could_not_be_read_back_is_not_written()
    {
        MergedSlice[] impossible = [new(-1, 1, 0, 1, 0, []), new(0, 0, 0, 1, 0, []), new(0, 1, -1, 1, 0, []), new(0, 1, 1, 1, 0, []),
            new(0, 1, 0, 1, long.MinValue, [])];
        foreach (var slice in impossible)
            Assert.Throws<ArgumentException>(() => MergeDirectoryCodec.WriteSlices(new FormatWriter(), [slice]));
        Assert.Throws<ArgumentException>(() => MergeDirectoryCodec.Encode(Samples.Merge with { SliceCrcs = [1] }));
    }
}
