using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Tests.Consume;

public sealed class StartPositionTests
{
    [Theory]
    [InlineData("earliest", "Earliest", 0L)]
    [InlineData("latest", "Latest", 0L)]
    [InlineData("0", "Offset", 0L)]
    [InlineData("1234567890123", "Offset", 1234567890123L)]
    [InlineData("@1700000000123", "Timestamp", 1700000000123L)]
    [InlineData("2023-11-14T22:13:20Z", "Timestamp", 1700000000000L)]
    [InlineData("2023-11-14T22:13:20.5", "Timestamp", 1700000000500L)]
    [InlineData("2023-11-14T23:13:20+01:00", "Timestamp", 1700000000000L)]
    [InlineData("2023-11-14", "Timestamp", 1699920000000L)]
    public void APlaceIsAWordAnOffsetOrATime(string text, string kind, long value)
    {
        Assert.True(StartPosition.TryParse(text, out StartPosition position));
        Assert.Equal((kind, value), (position.Kind.ToString(), position.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-5")]
    [InlineData("@")]
    [InlineData("@-1")]
    [InlineData("newest")]
    [InlineData("12a")]
    [InlineData("1960-01-01")]
    [InlineData("99999999999999999999")]
    public void AnythingElseIsRefused(string text) => Assert.False(StartPosition.TryParse(text, out _));
}
