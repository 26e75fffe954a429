namespace CloudStream.Simulation.Tests.Scheduling;

/// <summary>What happened, line by line, when somebody wants to read it; always a running hash, by which two runs are compared.</summary>
internal sealed class Trace(bool keepLines)
{
    private ulong _hash = 14695981039346656037;

    /// <summary>Whether lines are kept; formatting one is worth it only then.</summary>
    public bool KeepsLines => keepLines;

    public List<string> Lines { get; } = [];

    /// <summary>Everything so far in 64 bits.</summary>
    public ulong Hash => _hash;

    /// <summary>A step was taken.</summary>
    public void Step(long now, string actor)
    {
        Mix((ulong)now);
        Mix(actor);
    }

    /// <summary>Something worth reading happened.</summary>
    public void Event(long now, string actor, string what, string subject, string outcome)
    {
        Mix((ulong)now);
        Mix(what);
        Mix(subject);
        Mix(outcome);
        if (keepLines)
            Lines.Add($"{TimeSpan.FromTicks(now):mm\\:ss\\.fffffff} {actor,-12} {what} {subject} {outcome}");
    }

    /// <summary>Something that only a reader wants to know: it is not part of the hash.</summary>
    public void Note(long now, string actor, string what, string subject, string outcome)
    {
        if (keepLines)
            Lines.Add($"{TimeSpan.FromTicks(now):mm\\:ss\\.fffffff} {actor,-12} {what} {subject} {outcome}");
    }

    private void Mix(ulong value) => _hash = (_hash ^ value) * 1099511628211;

    private void Mix(string text)
    {
        foreach (var c in text)
            Mix(c);
    }
}
