namespace CloudStream.Proof.Groups;

/// <summary>Judges the history of one group.</summary>
/// <param name="group">The group.</param>
/// <param name="history">What was seen.</param>
/// <param name="partitions">How many partitions the one topic has that its members want.</param>
public sealed class GroupChecker(string group, GroupHistory history, int partitions)
{
    private readonly List<GenerationHeard> _generations = [.. history.Generations.Where(g => g.Group == group)];
    private readonly List<AssignmentMade> _made = [.. history.Made.Where(m => m.Group == group)];
    private readonly List<AssignmentHeard> _assignments = [.. history.Assignments.Where(a => a.Group == group)];

    public void Check()
    {
        CheckGenerations();
        foreach (var made in _made)
            CheckWhole(made);
        foreach (var generation in _assignments.GroupBy(a => a.Generation))
            CheckOwners(generation.Key, [.. generation]);
        for (var p = 0; p < partitions; p++)
            new OffsetChecker(group, p, history).Check();
    }

    /// <summary>Whether the members have processed every committed record.</summary>
    /// <param name="logs">What was committed, by partition.</param>
    public void CheckNothingSkipped(IReadOnlyList<CommittedLog> logs)
    {
        var processed = history.Processed.GetValueOrDefault(group) ?? [];
        for (var p = 0; p < logs.Count; p++)
        {
            for (long offset = 0; offset < logs[p].End; offset++)
            {
                if (!processed.Contains((p, offset, logs[p][offset])))
                    Fail("no record skipped", $"{logs[p][offset]} at offset {offset} of p{p} was processed by no member of {group}");
            }
        }
    }

    // No member is sent back, and all who are in a generation hear the same of it.
    private void CheckGenerations()
    {
        foreach (var member in _generations.GroupBy(g => g.MemberId))
        {
            var newest = 0;
            foreach (var heard in member.OrderBy(g => g.Completed))
            {
                if (heard.Generation < newest)
                    Fail("generations", $"{heard.MemberId} of {group} was in generation {newest} and then in {heard.Generation}");
                newest = heard.Generation;
            }
        }

        foreach (var generation in _generations.GroupBy(g => g.Generation))
        {
            if (generation.Select(g => g.ProtocolName).Distinct().Count() > 1)
                Fail("generations", $"generation {generation.Key} of {group} has several protocols");
            var known = generation.Where(g => g.Members is not null).SelectMany(g => g.Members!).ToHashSet();
            var lives = generation.Where(g => known.Contains(g.MemberId)).Select(g => g.Identity).ToHashSet();
            if (known.Count > 0 && generation.FirstOrDefault(g => g.InstanceId is null && !known.Contains(g.MemberId)) is { } stranger)
                Fail(
                    "generations",
                    $"generation {generation.Key} of {group} had the members {string.Join(' ', known)}; {stranger.MemberId} was told that "
                        + $"it is in it ({lives.Count} known)");
        }
    }

    // Everything is given out once; what somebody has to give back first may be nobody's meanwhile.
    private void CheckWhole(AssignmentMade made)
    {
        var all = made.Partitions.Values.SelectMany(p => p).Order().ToList();
        var whole = all.Concat(made.Kept.Where(p => !all.Contains(p)).Distinct()).Order();
        if (!whole.SequenceEqual(Enumerable.Range(0, partitions)))
            Fail("one owner", $"in generation {made.Generation} of {group} the leader gave out {string.Join(' ', all)}");
        var keepers = _generations.Where(g => g.Generation == made.Generation && g.Kept.Count > 0).ToList();
        foreach (var (member, given) in made.Partitions)
        {
            var own = keepers.Where(c => c.MemberId == member).SelectMany(c => c.Kept);
            if (keepers.Find(c => c.MemberId != member && c.Kept.Intersect(given).Except(own).Any()) is { } other)
                Fail(
                    "one owner",
                    $"in generation {made.Generation} of {group} the leader gave p{string.Join(" p", given)} to {member} "
                        + $"while {other.MemberId} kept p{string.Join(" p", other.Kept)}");
        }
    }

    // Each partition has one owner in a generation, and each member what the leader gave it.
    private void CheckOwners(int generation, List<AssignmentHeard> heard)
    {
        var owners = new Dictionary<int, string>();
        foreach (var assignment in heard)
        {
            foreach (var partition in assignment.Partitions)
            {
                if (owners.TryGetValue(partition, out var owner) && owner != assignment.Identity)
                    Fail(
                        "one owner", $"p{partition} belongs to {owner} and to {assignment.Identity} in generation {generation} of {group}");
                owners[partition] = assignment.Identity;
            }
        }

        var made = _made.Where(m => m.Generation == generation).ToList();
        foreach (var dynamic in heard.Where(a => a.InstanceId is null))
        {
            if (!made.Exists(
                m => m.Partitions.GetValueOrDefault(dynamic.MemberId)?.Order().SequenceEqual(dynamic.Partitions.Order()) ?? false))
                Fail(
                    "one owner",
                    $"{dynamic.MemberId} was given p{string.Join(" p", dynamic.Partitions)} in generation {generation} of {group}, which "
                        + "no leader said");
        }
    }

    private static void Fail(string property, string detail) => throw new ViolationException(property, detail);
}
