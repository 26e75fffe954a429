using CloudStream.Cluster.Groups.Registers;
using CloudStream.Storage.Metadata;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>Stands beside the metadata store and follows every write of a group's register the moment it takes effect.</summary>
internal sealed class GroupAuditor(GroupHistory history, Action<string> count)
{
    private readonly Dictionary<string, GroupRegister> _groups = [];

    /// <summary>The newest generation in a group's register; 0 for none.</summary>
    public int GenerationOf(string group) => _groups.GetValueOrDefault(group)?.Generation ?? 0;

    /// <summary>A register was written.</summary>
    public void Written(Register register)
    {
        if (!register.Key.StartsWith(GroupKeys.Prefix, StringComparison.Ordinal))
            return;
        var (group, now) = (GroupKeys.IdOf(register.Key), GroupRegisterCodec.Decode(register.Value, register.Key));
        var before = _groups.GetValueOrDefault(group) ?? GroupRegister.New;
        _groups[group] = now;
        CheckMembership(group, before, now);
        CheckOffsets(group, before, now);
        if (now.Claim.Epoch > before.Claim.Epoch && before.Claim.Epoch > 0)
            count($"group: take-over{(before.HasMembers ? " with members" : "")}");
        if (now.Generation > before.Generation)
            count("group: generation");
    }

    private static void CheckMembership(string group, GroupRegister before, GroupRegister now)
    {
        if (now.Generation < before.Generation)
            throw new ViolationException("generations", $"{group} went from generation {before.Generation} back to {now.Generation}");
        if (now.Claim.Epoch < before.Claim.Epoch)
            throw new ViolationException("claims",
                $"a coordinator of epoch {now.Claim.Epoch} changed {group}, which one of epoch {before.Claim.Epoch} had claimed");
        if (now.Generation == before.Generation && !Identities(now).SetEquals(Identities(before)))
            throw new ViolationException("generations", $"generation {now.Generation} of {group} changed its members");
    }

    private static HashSet<string> Identities(GroupRegister group) => [.. group.Members.Select(m => m.GroupInstanceId ?? m.MemberId)];

    // No offset goes by itself, and no commit of a generation takes effect once a later one has been heard of.
    private void CheckOffsets(string group, GroupRegister before, GroupRegister now)
    {
        foreach (var (partition, entry) in before.Offsets)
        {
            if (!now.Offsets.ContainsKey(partition))
                throw new ViolationException("committed offsets", $"{group} lost what {entry.Metadata} committed for p{partition.Index}");
        }

        foreach (var (partition, entry) in now.Offsets)
        {
            if (before.Offsets.GetValueOrDefault(partition) == entry)
                continue;
            var commit = history.Commits.Find(c => c.Group == group && c.Partition == partition.Index && c.Token == entry.Metadata)
                ?? throw new ViolationException(
                    "committed offsets", $"{group} has '{entry.Metadata}' for p{partition.Index}, which nobody committed");
            if (commit.Generation >= 0 && commit.Generation < history.NewestHeard(group))
                throw new ViolationException("fenced commits",
                    $"{commit} took effect after generation {history.NewestHeard(group)} had been heard of");
        }
    }
}
