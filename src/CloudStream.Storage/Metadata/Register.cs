namespace CloudStream.Storage.Metadata;

/// <summary>A register as read: key, value, version and the id of the write that produced it.</summary>
/// <param name="Key">The register's key.</param>
/// <param name="Value">Its value; the receiver may keep it, nobody changes it.</param>
/// <param name="Version">Its version, 1 or more.</param>
/// <param name="WriteId">The id that its last write carried.</param>
public sealed record Register(string Key, ReadOnlyMemory<byte> Value, long Version, WriteId WriteId);
