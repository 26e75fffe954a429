using CloudStream.Log.Calls;

namespace CloudStream.Cluster.Producers;

/// <summary>The producers of a partition.</summary>
/// <param name="Error">None, or why they are not told.</param>
/// <param name="Producers">By id; expired ones are gone.</param>
public readonly record struct ProducersResult(ErrorCode Error, IReadOnlyList<ProducerInfo> Producers);
