using CloudStream.Log.Entries;
using CloudStream.Log.State;

namespace CloudStream.Log.Flushes;

/// <summary>
/// Looks out for a writer's own flushes among commits that it reads back: after a lost reply this is how it learns what became of them.
/// </summary>
internal sealed class FlushWatch
{
    private readonly Dictionary<ulong, (List<ItemOutcome> Outcomes, int Epoch)> _found = [];
    private readonly HashSet<ulong> _expected = [];

    /// <summary>Begins to look out for the flush of this object id.</summary>
    public void Expect(ulong id) => _expected.Add(id);

    /// <summary>A list for the entry's outcomes if it is one of the expected flushes, else null.</summary>
    public List<ItemOutcome>? Expects(Entry entry) => entry is FlushEntry flush && _expected.Contains(flush.Object.Id) ? [] : null;

    /// <summary>The entry was applied with these outcomes.</summary>
    public void Found(Entry entry, List<ItemOutcome> outcomes, int epoch) => _found[((FlushEntry)entry).Object.Id] = (outcomes, epoch);

    /// <summary>The outcomes of a flush that was found committed.</summary>
    public bool TryGet(ulong id, out (List<ItemOutcome> Outcomes, int Epoch) found) => _found.TryGetValue(id, out found);
}
