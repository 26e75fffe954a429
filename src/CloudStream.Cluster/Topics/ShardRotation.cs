using System.Collections.Immutable;
using CloudStream.Cluster.Registers;

namespace CloudStream.Cluster.Topics;

/// <summary>
/// Which shard a new partition goes to: round robin from a place that the topic's id says, so that topics begin at different shards and a
/// topic of n partitions uses min(n, shards) of them. Shards that cannot be read are passed over. The choice is written into the topic's
/// register and never computed again.
/// </summary>
internal static class ShardRotation
{
    /// <summary>Shards of partitions 0 to <paramref name="partitions"/> - 1.</summary>
    public static ImmutableArray<int> Of(Guid topicId, int partitions, IReadOnlyList<int> usable) => Widen([], topicId, partitions, usable);

    /// <summary>The present shards and, the rotation going on, those of the partitions that are added.</summary>
    public static ImmutableArray<int> Widen(ImmutableArray<int> present, Guid topicId, int partitions, IReadOnlyList<int> usable)
    {
        Span<byte> bytes = stackalloc byte[16];
        topicId.TryWriteBytes(bytes, bigEndian: true, out _);
        var first = (int)(StableHash.Of(bytes) % (ulong)usable.Count);
        var shards = present.ToBuilder();
        for (var i = present.Length; i < partitions; i++)
            shards.Add(usable[(first + i) % usable.Count]);
        return shards.ToImmutable();
    }
}
