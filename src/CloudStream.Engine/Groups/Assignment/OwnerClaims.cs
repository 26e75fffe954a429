namespace CloudStream.Engine.Groups.Assignment;

/// <summary>Whom partitions belong to, by what members say: of several, whoever got it in the latest generation, and nobody if there are several of these too. Immutable.</summary>
internal sealed class OwnerClaims
{
    private readonly Dictionary<TopicPartition, (string? Member, int Generation)> _claims = [];

    public OwnerClaims(IReadOnlyList<Subscriber> members)
    {
        foreach (var member in members)
        {
            foreach (var partition in member.Owned)
                Claim(partition, member.MemberId, member.Generation);
        }
    }

    /// <summary>The id of the owner, or null.</summary>
    public string? OwnerOf(TopicPartition partition) => _claims.GetValueOrDefault(partition).Member;

    /// <summary>Whether the member can have it now: nobody else has to give it back first.</summary>
    public bool IsFreeFor(TopicPartition partition, string member) => !_claims.TryGetValue(partition, out var claim) || claim.Member == member;

    private void Claim(TopicPartition partition, string member, int generation)
    {
        if (!_claims.TryGetValue(partition, out var claim) || generation > claim.Generation)
            _claims[partition] = (member, generation);
        else if (generation == claim.Generation && member != claim.Member)
            _claims[partition] = (null, generation);
    }
}
