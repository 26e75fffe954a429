using CloudStream.Log.Options;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;

namespace CloudStream.Log.Journal;

/// <summary>A slot as it was read: its commit, and who wrote it.</summary>
internal readonly record struct ReadSlot(JournalSlot Commit, WriteId WriteId)
{
    public long Version => Commit.Version;
}

/// <summary>Reads the slots of one shard's ring. Keeps nothing.</summary>
internal sealed class JournalReader(int shard, JournalRing ring, IMetadataStore registers)
{
    private readonly string _family = ring.FamilyOf(shard);

    // An arc of so few slots is read at once: a unit or so of a store that bills by 4 KiB.
    private const int LastArc = 4;

    /// <summary>
    /// Finds the newest commit by a search of the laps, a few rounds of reads side by side: four slots far apart say in which quarter of
    /// the ring it lies, and three more in which quarter of that. Null where nothing was ever committed. Commits that arrive meanwhile may
    /// be missed: whoever begins with what was found follows from there.
    /// </summary>
    public async Task<ReadSlot?> FindNewestAsync(CancellationToken cancellationToken)
    {
        var arc = ring.Slots / 4;
        // The first commit lies in slot 1.
        if (await NewestAsync(null, [1, 1 + arc, 1 + (2 * arc), 1 + (3 * arc)], cancellationToken) is not { } newest)
            return null;

        // What the division left over lies in the last quarter.
        for (arc = ring.Slots - (3 * arc); arc > LastArc; arc = (arc + 3) / 4)
        {
            var (from, step) = (ring.SlotOf(newest.Version), (arc + 3) / 4);
            newest = (await NewestAsync(newest, [from + step, from + (2 * step), from + (3 * step)], cancellationToken))!.Value;
        }

        // Side by side, too, where the ring ends among them.
        var (next, beforeEnd) = (newest.Version + 1, Math.Min(LastArc - 1, ring.Slots - ring.SlotOf(newest.Version + 1)));
        var first = ReadFromAsync(next, beforeEnd, cancellationToken);
        var second = beforeEnd < LastArc - 1 ? ReadFromAsync(next + beforeEnd, LastArc - 1 - beforeEnd, cancellationToken) : null;
        newest = (await first).Found is [.., var last] ? last : newest;
        return second is not null && (await second).Found is [.., var later] && later.Version > newest.Version ? later : newest;
    }

    /// <summary>
    /// Reads the slots of consecutive commits from one on, up to the ring's end at most, with one request.
    /// </summary>
    /// <returns>
    /// Those that hold what was asked for, without gaps, and whether the commit behind them was not there yet. Where the first slot has
    /// been lapped it is the only one, and holds a later commit.
    /// </returns>
    public async Task<(List<ReadSlot> Found, bool IsEnd)> ReadFromAsync(long version, int count, CancellationToken cancellationToken)
    {
        var first = ring.SlotOf(version);
        count = Math.Min(count, ring.Slots - first);
        var found = new List<ReadSlot>(count);
        foreach (var register in await registers.GetRangeAsync(_family, first, count, cancellationToken))
        {
            if (register is null)
                return (found, IsEnd: true);
            var slot = Decode(register);
            if (slot.Version < version + found.Count)
                return (found, IsEnd: true); // Of the lap before.
            if (slot.Version > version + found.Count)
                return (found.Count > 0 ? found : [slot], IsEnd: false); // Lapped.
            found.Add(slot);
        }

        return (found, IsEnd: false);
    }

    /// <summary>The key of a commit's slot.</summary>
    public string KeyOf(long version) => ring.KeyOf(shard, version);

    private async Task<ReadSlot?> NewestAsync(ReadSlot? newest, int[] slots, CancellationToken cancellationToken)
    {
        var reads = Array.ConvertAll(
            slots, slot => registers.GetAsync(RegisterKeys.SlotOf(_family, slot % ring.Slots), cancellationToken).AsTask());
        foreach (var read in reads)
        {
            if (await read is { } register && Decode(register) is var slot && (newest is null || slot.Version > newest.Value.Version))
                newest = slot;
        }

        return newest;
    }

    // How often a slot was written follows from what it holds: another number means that it is not the one it seems.
    private ReadSlot Decode(Register register)
    {
        var commit = JournalSlot.Decode(register);
        if (register.Version != ring.LapsBefore(commit.Version) + 1
            || !RegisterKeys.TrySlotIn(_family, register.Key, out var place) || place != ring.SlotOf(commit.Version))
            throw new StoreException(StoreErrorKind.Corrupt,
                $"register {register.Key} holds commit {commit.Version} in version {register.Version}, where it does not belong");
        return new ReadSlot(commit, register.WriteId);
    }
}
