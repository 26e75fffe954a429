using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Tests.Shell;

public sealed class DurationTests
{
    [Theory]
    [InlineData("5ms", 5.0)]
    [InlineData("1.5s", 1500.0)]
    [InlineData("250us", 0.25)]
    [InlineData("2m", 120_000.0)]
    [InlineData("1h", 3_600_000.0)]
    [InlineData("7", 7.0)]
    [InlineData("0", 0.0)]
    public void ADurationIsANumberAndAUnit(string text, double milliseconds)
    {
        Assert.True(Duration.TryParse(text, out Duration duration));
        Assert.Equal(milliseconds, duration.Value.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ms")]
    [InlineData("-5ms")]
    [InlineData("5 ms")]
    [InlineData("5d")]
    [InlineData("1e9s")]
    public void AnythingElseIsRefused(string text) => Assert.False(Duration.TryParse(text, out _));
}
