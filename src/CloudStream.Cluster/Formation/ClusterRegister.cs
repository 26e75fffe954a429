using System.Buffers.Text;
using CloudStream.Cluster.Registers;
using CloudStream.Storage.Objects;

namespace CloudStream.Cluster.Formation;

/// <summary>
/// Register <c>cluster/settings</c>: what all brokers of a cluster must agree on. Written once, by the first broker that ever starts, and
/// never changed or deleted.
/// </summary>
/// <param name="ClusterId">22 characters, base64url of 16 random bytes, as Kafka's.</param>
/// <param name="Shards">Number of shards, 1 to 1,024.</param>
/// <param name="Tag">What the names of its objects begin with: the id's first 8 bytes in hexadecimal; empty for a cluster of format 1,
/// whose objects bear none.</param>
internal sealed record ClusterRegister(string ClusterId, int Shards, string Tag)
{
    /// <summary>The register's key.</summary>
    public const string Key = "cluster/settings";

    private const byte WithoutTags = 1, Newest = 2;

    private static ReadOnlySpan<byte> Magic => "CSCL"u8;

    /// <summary>The register of a cluster that is founded now.</summary>
    public static ClusterRegister Found(string clusterId, int shards) =>
        new(clusterId, shards, TagOf(clusterId) ?? throw new ArgumentException($"'{clusterId}' is no cluster id", nameof(clusterId)));

    /// <summary>This cluster's objects in a store, by their names without the tag.</summary>
    public ClusterObjects ObjectsIn(IObjectStore store) => new(store, Tag);

    public ReadOnlyMemory<byte> Encode()
    {
        var writer = RegisterFormat.Begin(Magic, Tag.Length == 0 ? WithoutTags : Newest);
        writer.String(ClusterId);
        writer.Count(Shards);
        return writer.Written;
    }

    public static ClusterRegister Decode(ReadOnlyMemory<byte> value)
    {
        var reader = RegisterFormat.Open(value, Magic, Key, Newest, out var format);
        var (clusterId, shards) = (reader.String(), reader.Count32());
        reader.End();
        if (shards is < 1 or > 1024)
            throw reader.Corrupt($"{shards} shards");
        var tag = format == WithoutTags ? "" : TagOf(clusterId) ?? throw reader.Corrupt($"'{clusterId}' is no cluster id");
        return new ClusterRegister(clusterId, shards, tag);
    }

    private static string? TagOf(string clusterId)
    {
        Span<byte> bytes = stackalloc byte[16];
        return clusterId.Length == 22 && Base64Url.TryDecodeFromChars(clusterId, bytes, out var count) && count == bytes.Length
            ? Convert.ToHexStringLower(bytes[..(ClusterObjects.TagLength / 2)])
            : null;
    }
}
