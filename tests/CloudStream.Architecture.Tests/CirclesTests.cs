namespace CloudStream.Architecture.Tests;

/// <summary>The finder of circles finds circles, and nothing else.</summary>
public sealed class CirclesTests
{
    [Theory]
    [InlineData("a>b b>c", "")]
    [InlineData("a>b a>c b>d c>d", "")]
    [InlineData("a>a", "")]
    [InlineData("a>b b>a", "a b")]
    [InlineData("a>b b>c c>a", "a b c")]
    [InlineData("z>a a>b b>a b>c", "a b")]
    [InlineData("a>b b>a c>d d>c b>c", "a b|c d")]
    [InlineData("a>b b>c c>b c>d d>a", "a b c d")]
    [InlineData("a>b a>c c>d d>b b>e e>c", "b c d e")]
    public void ACircleIsWhatLeadsBackToItself(string arrows, string circles)
    {
        IEnumerable<(string, string)> graph = arrows.Split(' ').Select(a => (a.Split('>')[0], a.Split('>')[1]));
        Assert.Equal(circles, string.Join('|', Circles.Find(graph).Select(c => string.Join(' ', c)).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void AChainOfAHundredThousandDoesNotExhaustTheStack()
    {
        (string, string)[] chain = [.. Enumerable.Range(0, 100_000).Select(i => ($"{i}", $"{i + 1}"))];
        Assert.Empty(Circles.Find(chain));
        Assert.Equal(100_001, Circles.Find([.. chain, ("100000", "0")]).Single().Length);
    }
}
