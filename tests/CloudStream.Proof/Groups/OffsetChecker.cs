namespace CloudStream.Proof.Groups;

/// <summary>
/// Judges the committed offsets of one group and partition: who asks after a commit was acknowledged, or seen, is told of it or of a later
/// one. A commit in a generation takes effect, if ever, before anybody has heard of a later generation.
/// </summary>
public sealed class OffsetChecker
{
    private readonly List<CommitAttempt> _commits;
    private readonly List<OffsetRead> _reads;
    private readonly Dictionary<string, CommitAttempt> _byToken;
    private readonly Dictionary<CommitAttempt, long> _fences = [];
    private readonly Dictionary<CommitAttempt, long> _known = [];
    private readonly Dictionary<CommitAttempt, long> _latest = [];

    public OffsetChecker(string group, int partition, GroupHistory history)
    {
        _commits = [.. history.Commits.Where(c => c.Group == group && c.Partition == partition)];
        _reads = [.. history.Reads.Where(r => r.Group == group && r.Partition == partition)];
        _byToken = _commits.ToDictionary(c => c.Token);
        var generations = history.Generations.Where(g => g.Group == group).ToList();
        foreach (var commit in _commits)
            _fences[commit] = FenceOf(commit, generations);
    }

    public void Check()
    {
        foreach (var commit in _commits.Where(c => c.Outcome == AppendOutcome.Acknowledged && c.Invoked > _fences[c]))
            Fail(
                "fenced commits",
                $"{commit} was acknowledged, though a later generation, or the same static member's next life, had been heard of at "
                    + $"step {_fences[commit]}");
        foreach (var read in _reads)
            CheckExists(read);
        DateCommits();
        foreach (var read in _reads)
            CheckFresh(read);
        CheckReturns();
    }

    // When whatever came of a commit is over: long.MaxValue for never.
    private static long FenceOf(CommitAttempt commit, List<GenerationHeard> generations)
    {
        var fence = long.MaxValue;
        if (commit.Generation < 0)
            return fence;
        var own = commit.InstanceId is null
            ? -1
            : generations.Where(g => g.MemberId == commit.MemberId).Select(g => g.Completed).DefaultIfEmpty(long.MaxValue).Min();
        foreach (var heard in generations)
        {
            var isNextLife = commit.InstanceId is not null && heard.InstanceId == commit.InstanceId && heard.MemberId != commit.MemberId
                && heard.Invoked > own;
            if (heard.Generation > commit.Generation || isNextLife)
                fence = Math.Min(fence, heard.Completed);
        }

        return fence;
    }

    private void CheckExists(OffsetRead read)
    {
        if (read.Offset < 0)
            return;
        if (!_byToken.TryGetValue(read.Token, out var commit) || commit.Offset != read.Offset || commit.Invoked > read.Completed)
            Fail("committed offsets", $"{read} is of no commit that was begun: {commit}");
        else if (commit.Outcome == AppendOutcome.Refused)
            Fail("refused is not committed", $"{commit} was seen by {read}");
    }

    // From when on a commit had surely taken effect, and when at the latest if it ever did.
    private void DateCommits()
    {
        var seen = _reads.Where(r => r.Offset >= 0).GroupBy(r => r.Token).ToDictionary(r => r.Key, r => r.Min(x => x.Completed));
        foreach (var commit in _commits)
        {
            var first = seen.GetValueOrDefault(commit.Token, long.MaxValue);
            var answered = commit.Outcome == AppendOutcome.Acknowledged ? commit.Completed : long.MaxValue;
            _known[commit] = Math.Min(answered, first);
            _latest[commit] = Math.Min(_known[commit], _fences[commit]);
        }
    }

    private void CheckFresh(OffsetRead read)
    {
        var told = read.Offset < 0 ? -1 : _latest[_byToken[read.Token]];
        foreach (var commit in _commits)
        {
            if (_known[commit] < read.Invoked && commit.Invoked > told)
                Fail(
                    "committed offsets",
                    $"{commit} was known at step {_known[commit]}, then {read} "
                        + $"shows {(read.Offset < 0 ? "none" : $"the earlier {_byToken[read.Token]}")}");
        }
    }

    // What another commit has replaced does not come back.
    private void CheckReturns()
    {
        foreach (var same in _reads.Where(r => r.Offset >= 0).GroupBy(r => r.Token))
        {
            var (first, last) = (same.Min(r => r.Completed), same.Max(r => r.Invoked));
            if (_reads.Find(r => r.Token != same.Key && r.Invoked > first && r.Completed < last) is { } other)
                Fail("committed offsets",
                    $"{_byToken[same.Key]} was seen at step {first}, then {other}, then the former again at step {last}");
        }
    }

    private static void Fail(string property, string detail) => throw new ViolationException(property, detail);
}
