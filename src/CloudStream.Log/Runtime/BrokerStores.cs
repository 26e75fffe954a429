using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Runtime;

/// <summary>The two primitives that a cluster stands on.</summary>
/// <param name="Objects">The object store.</param>
/// <param name="Metadata">The metadata store.</param>
public sealed record BrokerStores(IObjectStore Objects, IMetadataStore Metadata);
