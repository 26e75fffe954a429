using CloudStream.Cluster.Topics;

namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>
/// Whom partitions belong to, by what members say: of several, whoever got it in the latest generation, and nobody if there are several of
/// these too. Immutable.
/// </summary>
internal sealed class Ownership
{
    private readonly Dictionary<TopicPartition, (string? Member, int Generation)> _owners = [];

    public Ownership(IReadOnlyList<Subscriber> members)
    {
        foreach (var member in members)
        {
            foreach (var partition in member.Owned)
                Own(partition, member.MemberId, member.Generation);
        }
    }

    /// <summary>The id of the owner, or null.</summary>
    public string? OwnerOf(TopicPartition partition) => _owners.GetValueOrDefault(partition).Member;

    /// <summary>Whether the member can have it now: nobody else has to give it back first.</summary>
    public bool IsFreeFor(TopicPartition partition, string member) =>
        !_owners.TryGetValue(partition, out var owner) || owner.Member == member;

    private void Own(TopicPartition partition, string member, int generation)
    {
        if (!_owners.TryGetValue(partition, out var owner) || generation > owner.Generation)
            _owners[partition] = (member, generation);
        else if (generation == owner.Generation && member != owner.Member)
            _owners[partition] = (null, generation);
    }
}
