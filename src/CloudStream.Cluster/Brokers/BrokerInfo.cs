using System.Collections.Immutable;

namespace CloudStream.Cluster.Brokers;

/// <summary>A broker of the cluster as its register tells.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Incarnation">The name of this start of it, as a lease holder.</param>
/// <param name="Endpoints">The addresses that clients reach it at, by face.</param>
public sealed record BrokerInfo(int Id, string Incarnation, ImmutableSortedDictionary<string, string> Endpoints);
