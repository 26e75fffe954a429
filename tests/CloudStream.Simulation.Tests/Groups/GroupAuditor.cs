using CloudStream.Log.Groups;
using CloudStream.Log.State;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>Follows what each commit does to the groups of a coordinator shard, the moment it takes effect.</summary>
internal sealed class GroupAuditor(GroupHistory history, Action<string> count)
{
    private readonly Dictionary<string, StoredGroup> _groups = [];

    /// <summary>The newest generation of a group that is committed; 0 for none.</summary>
    public int GenerationOf(string group) => _groups.GetValueOrDefault(group)?.Generation ?? 0;

    /// <summary>A commit took effect.</summary>
    public void Stepped(ShardState before, ShardState after)
    {
        if (after.Epoch > before.Epoch && before.Epoch > 0)
        {
            foreach (var group in before.Groups.Values)
                count($"group: take-over{(group.HasMembers ? " with members" : "")}");
        }

        if (ReferenceEquals(before.Groups, after.Groups))
            return;
        foreach (var (name, now) in after.Groups)
        {
            var then = before.Groups.GetValueOrDefault(name) ?? StoredGroup.New;
            if (ReferenceEquals(then, now))
                continue;
            _groups[name] = now;
            CheckMembership(name, then, now);
            CheckOffsets(name, then, now);
            if (now.Generation > then.Generation)
                count("group: generation");
        }

        if (before.Groups.Keys.FirstOrDefault(g => !after.Groups.ContainsKey(g)) is { } gone)
            throw new ViolationException("committed offsets", $"{gone} is gone, and nobody deleted it");
    }

    private static void CheckMembership(string group, StoredGroup before, StoredGroup now)
    {
        if (now.Generation < before.Generation)
            throw new ViolationException("generations", $"{group} went from generation {before.Generation} back to {now.Generation}");
        if (now.Generation == before.Generation && !Identities(now).SetEquals(Identities(before)))
            throw new ViolationException("generations", $"generation {now.Generation} of {group} changed its members");
        if (now.Generation == before.Generation && before.IsAssigned && !Assignments(now).SequenceEqual(Assignments(before)))
            throw new ViolationException("generations", $"generation {now.Generation} of {group} changed its assignments");
    }

    private static HashSet<string> Identities(StoredGroup group) => [.. group.Members.Select(m => m.InstanceId ?? m.Id)];

    private static IEnumerable<string> Assignments(StoredGroup group) =>
        group.Members.Select(m => Convert.ToHexString(m.Assignment.Span));

    // No offset goes by itself, and no commit of a generation takes effect once a later one has been heard of.
    private void CheckOffsets(string group, StoredGroup before, StoredGroup now)
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
