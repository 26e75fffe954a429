using System.Buffers.Text;
using CloudStream.Cluster.Registers;
using CloudStream.Log.Options;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Cluster.Formation;

/// <summary>
/// Register <c>cluster/settings</c>: what all brokers of a cluster must agree on. Written once, by the first broker that ever starts, and
/// never changed or deleted.
/// </summary>
/// <param name="ClusterId">22 characters, base64url of 16 random bytes, as Kafka's.</param>
/// <param name="Shards">Number of data shards, 1 to 1,024: they hold partitions.</param>
/// <param name="CoordinatorShards">Number of coordinator shards, 1 to 64, which hold groups and come after the data shards.</param>
/// <param name="Tag">What the names of its objects and the keys of its journals begin with: the id's first 8 bytes in
/// hexadecimal.</param>
/// <param name="JournalSlots">The size of each shard's ring.</param>
internal sealed record ClusterRegister(string ClusterId, int Shards, int CoordinatorShards, string Tag, int JournalSlots)
{
    /// <summary>The register's key.</summary>
    public const string Key = "cluster/settings";

    private const byte Format = 4;

    private static ReadOnlySpan<byte> Magic => "CSCL"u8;

    /// <summary>The register of a cluster that is founded now.</summary>
    public static ClusterRegister Found(
        string clusterId, int shards, int coordinatorShards = 1, int journalSlots = JournalRing.DefaultSlots) =>
        new(clusterId, shards, coordinatorShards,
            TagOf(clusterId) ?? throw new ArgumentException($"'{clusterId}' is no cluster id", nameof(clusterId)), journalSlots);

    /// <summary>All shards: first those of data, then the coordinators'.</summary>
    public int AllShards => Shards + CoordinatorShards;

    /// <summary>Where the commits of its shards lie.</summary>
    public JournalRing Ring => new(Tag, JournalSlots);

    /// <summary>This cluster's objects in a store, by their names without the tag.</summary>
    public ClusterObjects ObjectsIn(IObjectStore store) => new(store, Tag);

    public ReadOnlyMemory<byte> Encode()
    {
        var writer = RegisterFormat.Begin(Magic, Format);
        writer.String(ClusterId);
        writer.Count(Shards);
        writer.Count(CoordinatorShards);
        writer.Count(JournalSlots);
        return writer.Written;
    }

    /// <exception cref="StoreException">Corrupt: it is something else. Refused: another version of CloudStream wrote it.</exception>
    public static ClusterRegister Decode(ReadOnlyMemory<byte> value)
    {
        var reader = RegisterFormat.Open(value, Magic, Key, Format, out var format);
        if (format < Format)
            throw new StoreException(StoreErrorKind.Refused,
                $"what lies here was written by an earlier version of CloudStream (register {Key} has format {format}, this version reads "
                    + $"format {Format}); nothing was changed. Serve it with the version that wrote it, or choose another place");
        var (clusterId, shards, coordinators, slots) = (reader.String(), reader.Count32(), reader.Count32(), reader.Count32());
        reader.End();
        if (shards is < 1 or > 1024)
            throw reader.Corrupt($"{shards} shards");
        if (coordinators is < 1 or > 64)
            throw reader.Corrupt($"{coordinators} coordinator shards");
        if (slots is < JournalRing.MinSlots or > JournalRing.DefaultSlots || !int.IsPow2(slots))
            throw reader.Corrupt($"journals of {slots} slots");
        return new ClusterRegister(
            clusterId, shards, coordinators, TagOf(clusterId) ?? throw reader.Corrupt($"'{clusterId}' is no cluster id"), slots);
    }

    private static string? TagOf(string clusterId)
    {
        Span<byte> bytes = stackalloc byte[16];
        return clusterId.Length == 22 && Base64Url.TryDecodeFromChars(clusterId, bytes, out var count) && count == bytes.Length
            ? Convert.ToHexStringLower(bytes[..(ClusterObjects.TagLength / 2)])
            : null;
    }
}
