using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Presence;

namespace CloudStream.Log.Runtime;

/// <summary>The two primitives that a cluster stands on, and what spares it waiting where the stores' place has it.</summary>
/// <param name="Objects">The object store.</param>
/// <param name="Metadata">The metadata store.</param>
/// <param name="DeathProof">Tells at once that another broker's process is dead; null where only its silence tells.</param>
public sealed record BrokerStores(IObjectStore Objects, IMetadataStore Metadata, IDeathProof? DeathProof = null);
