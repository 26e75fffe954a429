using Xunit.Sdk;
using Xunit.v3;

namespace CloudStream.Clients.Tests;

/// <summary>A client that may have to be built begins first, so that the others run meanwhile.</summary>
public sealed class SlowestFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(c => IsBuilt(c.TestCollectionDisplayName)).ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal)];

    private static bool IsBuilt(string name) => name.Contains("NodeRdkafka", StringComparison.Ordinal);
}
