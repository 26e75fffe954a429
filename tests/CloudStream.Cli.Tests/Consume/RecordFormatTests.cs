using System.Buffers;
using System.Text;
using CloudStream.Cli.Consume;
using CloudStream.Records;

namespace CloudStream.Cli.Tests.Consume;

public sealed class RecordFormatTests
{
    private static readonly FormattedRecord Order = new(
        Encoding.UTF8.GetBytes("orders"),
        3,
        42,
        1_700_000_000_123,
        Encoding.UTF8.GetBytes("k1"),
        Encoding.UTF8.GetBytes("välue"),
        [new RecordHeader("a", Encoding.UTF8.GetBytes("1")), new RecordHeader("b", null),
            new RecordHeader("c", ReadOnlyMemory<byte>.Empty)]);

    [Theory]
    [InlineData(@"%s\n", "välue\n")]
    [InlineData("%t/%p/%o", "orders/3/42")]
    [InlineData(@"%k\t%s", "k1\tvälue")]
    [InlineData("%K %S", "2 6")]
    [InlineData("%T", "1700000000123")]
    [InlineData("%h", "a=1,b=NULL,c=")]
    [InlineData("100%%", "100%")]
    [InlineData(@"\x41\x7e\\\r", "A~\\\r")]
    [InlineData("", "")]
    [InlineData("plain ü", "plain ü")]
    public void TokensAndEscapesPrintWhatKcatPrints(string format, string expected) => Assert.Equal(expected, Print(format, Order));

    [Fact]
    public void NullKeysAndValuesPrintNothingAndHaveLengthMinusOne() =>
        Assert.Equal("[][] -1 -1 ", Print("[%k][%s] %K %S %h", Order with { Key = null, Value = null, Headers = [] }));

    [Fact]
    public void EmptyIsNotNull() =>
        Assert.Equal("0 0", Print("%K %S", Order with { Key = ReadOnlyMemory<byte>.Empty, Value = ReadOnlyMemory<byte>.Empty }));

    [Fact]
    public void AnEscapedByteIsThatByteAndNoCharacter()
    {
        var output = new ArrayBufferWriter<byte>();
        RecordFormat.Parse(@"\xff\x00").Write(output, Order);
        Assert.Equal([0xff, 0x00], output.WrittenSpan.ToArray());
    }

    [Theory]
    [InlineData("%z", "%z")]
    [InlineData("abc%", "'%'")]
    [InlineData(@"\q", @"\q")]
    [InlineData(@"\x4", @"\x")]
    [InlineData(@"\xgg", @"\x")]
    public void AnUnknownTokenIsRefusedByName(string format, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => RecordFormat.Parse(format)).Message, StringComparison.Ordinal);

    private static string Print(string format, FormattedRecord record)
    {
        var output = new ArrayBufferWriter<byte>();
        RecordFormat.Parse(format).Write(output, record);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
