using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.State;

namespace CloudStream.Log.Journal;

/// <summary>What the next compare-and-swap would write and lead to, worked out on the newest state.</summary>
internal sealed class CommitPlan(ShardState start)
{
    /// <summary>The entries to commit; empty when everything can be answered without a commit.</summary>
    public List<Entry> Entries { get; } = [];

    /// <summary>Flushes that the commit decides, with their outcomes and the leader epoch they are written under.</summary>
    public List<(FlushWork Work, List<ItemOutcome> Outcomes, int Epoch)> Flushes { get; } = [];

    /// <summary>Flushes of which nothing enters the log (duplicates, refusals): answered once the state is known to be current.</summary>
    public List<(FlushWork Work, List<ItemOutcome> Outcomes)> Answers { get; } = [];

    /// <summary>Control entries in the commit.</summary>
    public List<(ControlWork Work, Entry Entry)> Controls { get; } = [];

    /// <summary>Controls that were taken back on the state so far.</summary>
    public List<ControlWork> Withdrawn { get; } = [];

    /// <summary>Whether its attempt may have been committed, or may still be, unknown to this process.</summary>
    public bool IsDoubtful { get; set; }

    /// <summary>Whether its slot has to be read before anything else is done.</summary>
    public bool IsInQuestion { get; set; }

    /// <summary>The state after the commit.</summary>
    public ShardState Next { get; private set; } = start;

    /// <summary>Bytes of the records in it.</summary>
    public long InlineBytes { get; private set; }

    private long Version { get; } = start.Version + 1;

    /// <summary>Adds an entry as it is.</summary>
    public void Add(Entry entry)
    {
        Entries.Add(entry);
        Next = ShardTransition.Apply(Next, Version, entry);
    }

    /// <summary>Adds a flush, or only its answer when nothing of it enters the log.</summary>
    public void Add(FlushWork work, Entry entry)
    {
        var outcomes = new List<ItemOutcome>(work.Flush.Items.Length);
        var next = ShardTransition.Apply(Next, Version, entry, work.Flush.Items, outcomes);
        if (!outcomes.Exists(o => o.Error == ErrorCode.None && !o.Duplicate))
        {
            Answers.Add((work, outcomes));
            return;
        }

        Entries.Add(entry);
        Flushes.Add((work, outcomes, Next.LeaderEpoch));
        Next = next;
        if (!work.Flush.IsInline)
            return;
        work.Flush.Buffer.Object = next.Inline[^1].Object;
        InlineBytes += work.Flush.Buffer.Bytes;
    }

    /// <summary>Adds a control entry.</summary>
    public void Add(ControlWork work, Entry entry)
    {
        Controls.Add((work, entry));
        Add(entry);
    }
}
