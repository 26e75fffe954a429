using System.Text;
using CloudStream.Cli.Produce;
using CloudStream.Client;

namespace CloudStream.Cli.Tests.Produce;

public sealed class LineRecordsTests
{
    [Theory]
    [InlineData("", "a:b", null, "a:b")]
    [InlineData(":", "a:b:c", "a", "b:c")]
    [InlineData(":", "a:", "a", "")]
    [InlineData(":", ":b", "", "b")]
    [InlineData(":", "ab", null, "ab")]
    [InlineData("=>", "a=b=>c", "a=b", "c")]
    public void TheFirstSeparatorPartsKeyFromValue(string separator, string line, string? key, string value)
    {
        ProduceRecord record = new LineRecords(Encoding.UTF8.GetBytes(separator), 2).Parse(Encoding.UTF8.GetBytes(line));
        Assert.Equal((key, value, (int?)2),
            (record.Key is { } k
                ? Encoding.UTF8.GetString(k.Span)
                : null, Encoding.UTF8.GetString(record.Value!.Value.Span), record.Partition));
    }
}
