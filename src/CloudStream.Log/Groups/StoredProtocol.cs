namespace CloudStream.Log.Groups;

/// <summary>A protocol that a member supports.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Metadata">What the member says for it; for consumers a subscription.</param>
public readonly record struct StoredProtocol(string Name, ReadOnlyMemory<byte> Metadata);
