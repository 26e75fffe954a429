using System.Text;
using CloudStream.Cli.Produce;

namespace CloudStream.Cli.Tests.Produce;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a\nb\n", new[] { "a", "b" })]
    [InlineData("a\nb", new[] { "a", "b" })]
    [InlineData("\n\nx", new[] { "", "", "x" })]
    [InlineData("a\r\nb", new[] { "a\r", "b" })]
    [InlineData("\uFEFFa\nb", new[] { "a", "b" })]
    [InlineData("\uFEFFa", new[] { "a" })]
    [InlineData("\uFEFF\na", new[] { "", "a" })]
    [InlineData("\uFEFF", new string[0])]
    [InlineData("a\n\uFEFFb", new[] { "a", "\uFEFFb" })]
    public void ALineIsWhatLiesBetweenLineFeeds(string text, string[] lines)
    {
        for (int piece = 1; piece <= Math.Max(1, text.Length); piece++)
            Assert.Equal(lines, ReadAll(text, piece));
    }

    [Fact]
    public void LinesLongerThanTheBufferAreWhole()
    {
        string longLine = new('x', 1_000_000);
        Assert.Equal([longLine, "y", longLine], ReadAll($"{longLine}\ny\n{longLine}", 100_000));
    }

    [Fact]
    public void ALineBeyondTheLimitIsRefusedWithItsNumber()
    {
        var reader = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes("ab\n" + new string('x', 300_000))), 1000);
        Assert.True(reader.TryRead(out _));
        Assert.Equal("line 2 is longer than 1000 bytes", Assert.Throws<InvalidDataException>(() => reader.TryRead(out _)).Message);
    }

    private static List<string> ReadAll(string text, int piece)
    {
        var reader = new LineReader(new Drip(Encoding.UTF8.GetBytes(text), piece), 10_000_000);
        var lines = new List<string>();
        while (reader.TryRead(out ReadOnlyMemory<byte> line))
            lines.Add(Encoding.UTF8.GetString(line.Span));
        Assert.Equal(lines.Count, reader.LineNumber);
        return lines;
    }

    // Gives at most so many bytes a read, as a pipe may.
    private sealed class Drip(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));
    }
}
