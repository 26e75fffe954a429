namespace CloudStream.Cluster.Groups;

/// <summary>
/// A way of assigning that a member supports, and what it has to say for it. The engine does not look into the metadata, save a consumer's
/// topics.
/// </summary>
/// <param name="Name">For consumers the assignor's name, such as <c>range</c>.</param>
/// <param name="Metadata">For consumers a subscription. Nobody changes the bytes after the call.</param>
public readonly record struct GroupProtocol(string Name, ReadOnlyMemory<byte> Metadata);
