using CloudStream.Log.Calls;
using CloudStream.Log.State;

namespace CloudStream.Log.Health;

/// <summary>Records of a partition that cannot be read because what is stored is missing or fails its checks.</summary>
/// <param name="Shard">The partition's shard.</param>
/// <param name="Partition">The partition.</param>
/// <param name="BaseOffset">The first offset that cannot be read.</param>
/// <param name="EndOffset">One past the last one.</param>
/// <param name="ObjectName">The object that is to blame; null where the index names none.</param>
/// <param name="Position">Where in the object; -1 for its directory.</param>
/// <param name="IsMissing">The object is not there at all.</param>
internal readonly record struct Damage(
    int Shard, PartitionId Partition, long BaseOffset, long EndOffset, string? ObjectName, long Position, bool IsMissing)
{
    /// <summary>Tells this damage from other.</summary>
    public string Key => ObjectName is null ? $"{Shard}/{Partition}" : KeyOf(Shard, ObjectName, Position);

    public static string KeyOf(int shard, string objectName, long position) => $"{shard}/{objectName}@{position}";

    /// <summary>What and where, as a sentence.</summary>
    /// <param name="partition">The partition as people write it.</param>
    public string Describe(string partition)
    {
        var what = EndOffset - BaseOffset > 1
            ? $"The stored records of {partition} at offsets {BaseOffset} to {EndOffset - 1} cannot be read"
            : $"The stored record of {partition} at offset {BaseOffset} cannot be read";
        if (ObjectName is null)
            return $"{what}: the index names no object for it.";
        return IsMissing ? $"{what}: the object {ObjectName} is missing." : $"{what}: the object {ObjectName} fails its checks.";
    }

    /// <summary>Whether the log has no such offsets any more, or they were given up.</summary>
    public bool IsGoneFrom(ShardState state) =>
        state.Find(Partition) is not { } partition || partition.SkipLosses(Math.Max(BaseOffset, partition.LogStartOffset)) >= EndOffset;
}
