using CloudStream.Storage.Formats;
using CloudStream.Storage.Segments;

namespace CloudStream.Storage.Tests.Segments;

public sealed class FlushDirectoryCodecTests
{
    private const string Items = "030c06ac020280a0abfef962016401882701080e030701092a";
    private const string Directory = "73" + Items + "4433221188776655" + "0103" + "000102030405060708090a0b0c0d0e0f" + "09";

    [Fact]
    public void Items_have_these_bytes()
    {
        var writer = new FormatWriter();
        FlushDirectoryCodec.WriteItems(writer, Samples.Flush.Items.AsSpan());
        Assert.Equal(Items, Convert.ToHexStringLower(writer.Written.Span));

        var reader = new FormatReader(Convert.FromHexString(Items), "test");
        Assert.Equal(Samples.Flush.Items, FlushDirectoryCodec.ReadItems(ref reader));
        Assert.Equal(0, reader.Remaining);
    }

    [Fact]
    public void A_directory_has_these_bytes()
    {
        Assert.Equal(Directory, Convert.ToHexStringLower(FlushDirectoryCodec.Encode(Samples.Flush).Span));
        Samples.AssertSame(Samples.Flush, FlushDirectoryCodec.Decode(Convert.FromHexString(Directory)));
    }

    [Fact]
    public void An_empty_directory_reads_back() =>
        Samples.AssertSame(new([], [], []), FlushDirectoryCodec.Decode(FlushDirectoryCodec.Encode(new([], [], [])).Span));

    [Fact]
    public void Extreme_values_read_back()
    {
        var directory = new FlushDirectory(
            [
                new(int.MaxValue, int.MaxValue, int.MaxValue, long.MaxValue, long.MaxValue, short.MaxValue, int.MaxValue, long.MaxValue),
                new(0, 1, 1, -1, 0, -1, -1, 0),
                new(0, 1, 1, long.MaxValue),
                new(0, 1, 1, -1),
            ],
            [uint.MaxValue, 0],
            []);
        Samples.AssertSame(directory, FlushDirectoryCodec.Decode(FlushDirectoryCodec.Encode(directory).Span));
    }

    [Fact]
    public void A_plain_item_of_its_own_partition_takes_at_most_10_bytes_in_a_commit()
    {
        var items = Enumerable.Range(0, 100).Select(i => new SegmentItem(i * 3, 100_000, 400, Samples.Timestamp + (i % 7))).ToArray();
        var writer = new FormatWriter();
        FlushDirectoryCodec.WriteItems(writer, items);
        Assert.InRange(writer.Length, 700, 1000);
    }

    [Fact]
    public void Damaged_bytes_are_corrupt_or_read_as_something_else_and_nothing_worse()
    {
        Samples.AssertSurvivesDamage(Convert.FromHexString(Directory), bytes => FlushDirectoryCodec.Decode(bytes));
        Samples.AssertSurvivesDamage(Convert.FromHexString(Items), bytes =>
        {
            var reader = new FormatReader(bytes, "test");
            FlushDirectoryCodec.ReadItems(ref reader);
            reader.End();
        });
    }

    [Theory]
    [InlineData("73ffffffff0f")] // 4 billion items
    [InlineData("73010c0001018080808080808080800100")] // timestamp out of range
    [InlineData("73011000010100")] // unknown flag
    [InlineData("7301000001")] // no bytes
    [InlineData("7301000100")] // no records
    [InlineData("73010401010100000000" + "00")] // slot -1
    [InlineData("7301010101" + "00" + "818002" + "00" + "00000000" + "00")] // epoch 32768
    [InlineData("6d0000")] // a merge directory
    public void Values_that_cannot_be_are_corrupt(string hex) =>
        Assert.Equal(StoreErrorKind.Corrupt,
            Assert.Throws<StoreException>(() => FlushDirectoryCodec.Decode(Convert.FromHexString(hex))).Kind);

    [Fact]
    public void What_could_not_be_read_back_is_not_written()
    {
        SegmentItem[] impossible = [new(-1, 1, 1, 0), new(0, 0, 1, 0), new(0, 1, 0, 0), new(0, 1, 1, -2), new(0, 1, 1, 0, 1, -2, 0),
            new(0, 1, 1, 0, 1, 0, -2)];
        foreach (var item in impossible)
            Assert.Throws<ArgumentException>(() => FlushDirectoryCodec.WriteItems(new FormatWriter(), [item]));
        Assert.Throws<ArgumentException>(() => FlushDirectoryCodec.Encode(Samples.Flush with { SliceCrcs = [1] }));
    }
}
