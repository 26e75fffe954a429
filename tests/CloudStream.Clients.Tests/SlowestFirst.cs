using Xunit.Sdk;
using Xunit.v3;

namespace CloudStream.Clients.Tests;

/// <summary>
/// A client that may have to be built begins first, so that the others run meanwhile; the one that uses what it builds comes last.
/// </summary>
public sealed class SlowestFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(c => Turn(c.TestCollectionDisplayName)).ThenBy(
            c => c.TestCollectionDisplayName, StringComparer.Ordinal)];

    private static int Turn(string name) =>
        name.Contains("NodeRdkafka", StringComparison.Ordinal) ? 0
        : name.Contains("ConfluentDotnet", StringComparison.Ordinal) ? 2
        : 1;
}
