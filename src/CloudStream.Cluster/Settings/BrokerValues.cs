using System.Collections.Immutable;

namespace CloudStream.Cluster.Settings;

/// <summary>What is set at run time for one broker, and for all: they go before what was set at its start. Immutable.</summary>
internal sealed record BrokerValues(ImmutableSortedDictionary<string, string> Own, ImmutableSortedDictionary<string, string> Default)
{
    public static BrokerValues None { get; } = new(AlteredSettings.NoValues, AlteredSettings.NoValues);

    public string? Find(string name) => Own.GetValueOrDefault(name) ?? Default.GetValueOrDefault(name);
}
