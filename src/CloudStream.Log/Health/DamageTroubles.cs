using CloudStream.Log.State;

namespace CloudStream.Log.Health;

/// <summary>
/// Stored records that cannot be read: each run of them is one trouble, whoever meets it: readers, merges, retention. Thread-safe.
/// </summary>
/// <param name="troubles">What is wrong with this broker.</param>
/// <param name="topicName">A topic's name; null when this broker does not know it now.</param>
internal sealed class DamageTroubles(Troubles troubles, Func<Guid, string?> topicName)
{
    /// <summary>Damage is met in what the newest state of its shard refers to. Gives back what it is, as a sentence.</summary>
    public string Met(Damage damage, Func<ShardState> newest)
    {
        var detail = damage.Describe(
            $"{topicName(damage.Partition.TopicId) ?? damage.Partition.TopicId.ToString()}/{damage.Partition.Index}");
        troubles.Met(TroubleKind.Damage, damage.Key, detail, () => damage.IsGoneFrom(newest()));
        return detail;
    }

    /// <summary>What was damaged is sound again.</summary>
    public void Healed(int shard, string objectName, long position) =>
        troubles.Over(TroubleKind.Damage, Damage.KeyOf(shard, objectName, position));
}
