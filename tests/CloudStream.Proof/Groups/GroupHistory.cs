namespace CloudStream.Proof.Groups;

/// <summary>Everything that the members of groups, and those who commit for groups, saw.</summary>
public sealed class GroupHistory
{
    private readonly Dictionary<string, int> _heard = [];

    public List<CommitAttempt> Commits { get; } = [];

    public List<OffsetRead> Reads { get; } = [];

    public List<GenerationHeard> Generations { get; } = [];

    public List<AssignmentMade> Made { get; } = [];

    public List<AssignmentHeard> Assignments { get; } = [];

    /// <summary>Records that members have processed, by group.</summary>
    public Dictionary<string, HashSet<(int Partition, long Offset, string Value)>> Processed { get; } = [];

    /// <summary>The newest generation that any member of a group has heard of; 0 for none.</summary>
    public int NewestHeard(string group) => _heard.GetValueOrDefault(group);

    public void Hear(GenerationHeard heard)
    {
        Generations.Add(heard);
        _heard[heard.Group] = Math.Max(NewestHeard(heard.Group), heard.Generation);
    }

    public void Process(string group, int partition, long offset, string value)
    {
        if (!Processed.TryGetValue(group, out var processed))
            Processed.Add(group, processed = []);
        processed.Add((partition, offset, value));
    }
}
