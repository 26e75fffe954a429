using System.Text;
using CloudStream.Cli.Produce;
using CloudStream.Client;

namespace CloudStream.Cli.Tests.Produce;

public sealed class JsonRecordsTests
{
    [Theory]
    [InlineData("""{"value":"a"}""", null, "a")]
    [InlineData("""{"key":"k","value":null}""", "k", null)]
    [InlineData("""{"key":7,"value":{ "a" : [ 1.50, "x y" , true ], "b":"\" \\" }}""", "7", """{"a":[1.50,"x y",true],"b":"\" \\"}""")]
    [InlineData("""{"keyBase64":"AQI=","valueBase64":""}""", "\u0001\u0002", "")]
    [InlineData("""{"value":"\u00e4\n"}""", null, "ä\n")]
    [InlineData("{}", null, null)]
    public void KeysAndValuesAreTextJsonOrBase64(string line, string? key, string? value)
    {
        ProduceRecord record = Parse(line);
        Assert.Equal((key, value), (Text(record.Key), Text(record.Value)));
    }

    [Fact]
    public void PlaceTimeAndHeadersAreTaken()
    {
        ProduceRecord record = Parse("""{"partition":3,"timestamp":1700000000123,"headers":{"a":"1","b":null},"value":1}""");
        Assert.Equal(((int?)3, (long?)1700000000123L), (record.Partition, record.TimestampMs));
        Assert.Equal([("a", "1"), ("b", null)], record.Headers!.Select(h => (h.Key, Text(h.Value))));
    }

    [Fact]
    public void HeadersInAnArrayKeepOrderAndRepeats() =>
        Assert.Equal([("x", "2"), ("x", "\u0001"), ("y", null)],
            Parse("""{"headers":[{"name":"x","value":"2"},{"name":"x","valueBase64":"AQ=="},{"name":"y"}]}""").Headers!.Select(
                h => (h.Key, Text(h.Value))));

    [Theory]
    [InlineData("[1]", "a record is a JSON object, not an array")]
    [InlineData("""{"vaule":1}""",
        "a record has no field 'vaule'; there are key, value, keyBase64, valueBase64, headers, partition, timestamp")]
    [InlineData("""{"value":1,"valueBase64":"AQ=="}""", "value is given twice")]
    [InlineData("""{"keyBase64":"*"}""", "keyBase64 is not base64")]
    [InlineData("""{"partition":-1}""", "partition is not a whole number from 0 to 2147483647")]
    [InlineData("""{"timestamp":1.5}""", "timestamp is not a whole number from 0 to 9223372036854775807")]
    [InlineData("""{"headers":{"a":1}}""", "header a is a string or null, not a number")]
    [InlineData("""{"headers":[{"value":"x"}]}""", "a header in an array is an object with a name")]
    public void WhatIsWrongIsNamed(string line, string message) =>
    Assert.Equal(message, Assert.Throws<FormatException>(() => Parse(line)).Message);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"value":"a"} x""")]
    [InlineData("nonsense")]
    public void WhatIsNotJsonIsSaidToBeNone(string line) =>
    Assert.StartsWith("not JSON: ", Assert.Throws<FormatException>(() => Parse(line)).Message, StringComparison.Ordinal);

    private static ProduceRecord Parse(string line) => new JsonRecords(null).Parse(Encoding.UTF8.GetBytes(line));

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } b ? Encoding.UTF8.GetString(b.Span) : null;
}
