namespace CloudStream.Storage.Local.Packs;

/// <summary>Where each packed object lies, in memory: name to entry, and the packs with their entries. Thread-safe; does no I/O.</summary>
internal sealed class PackIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PackEntry> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Pack> _packs = new(StringComparer.Ordinal);

    /// <summary>The live entry of that name, if it is known.</summary>
    public PackEntry? Find(string name)
    {
        lock (_lock)
            return _names.GetValueOrDefault(name);
    }

    /// <summary>The pack at that path, if it is known.</summary>
    public Pack? FindPack(string path)
    {
        lock (_lock)
            return _packs.GetValueOrDefault(path);
    }

    public Pack[] Packs()
    {
        lock (_lock)
            return [.. _packs.Values];
    }

    public PackEntry[] LiveEntries(string prefix)
    {
        lock (_lock)
            return [.. _names.Values.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal))];
    }

    public void AddPack(Pack pack)
    {
        lock (_lock)
            _packs.Add(pack.Path, pack);
    }

    /// <summary>Adds a pack's next entries.</summary>
    public void Add(Pack pack, IReadOnlyList<PackEntry> entries)
    {
        lock (_lock)
        {
            foreach (var entry in entries)
            {
                pack.Entries.Add(entry);
                if (_names.TryGetValue(entry.Name, out var other))
                    entry.Duplicate = other;
                _names[entry.Name] = entry;
            }
        }
    }

    /// <summary>Forgets an entry that is dead or cannot be read.</summary>
    public void MarkDead(PackEntry entry)
    {
        lock (_lock)
            MarkDeadLocked(entry);
    }

    /// <summary>Applies a pack's state table.</summary>
    public void MarkDead(Pack pack, ReadOnlySpan<byte> states)
    {
        lock (_lock)
        {
            for (var i = 0; i < Math.Min(states.Length, pack.Entries.Count); i++)
            {
                if (states[i] == PackLayout.Dead)
                    MarkDeadLocked(pack.Entries[i]);
            }
        }
    }

    /// <summary>Forgets a pack whose file is gone.</summary>
    public void Remove(Pack pack)
    {
        lock (_lock)
        {
            foreach (var entry in pack.Entries)
                MarkDeadLocked(entry);
            _packs.Remove(pack.Path);
        }
    }

    /// <summary>The runs of neighbouring dead entries that contain one of the given ordinals, as byte ranges.</summary>
    public List<(long From, long Until)> DeadRuns(Pack pack, Predicate<PackEntry> contains)
    {
        var runs = new List<(long From, long Until)>();
        lock (_lock)
        {
            for (var i = 0; i < pack.Entries.Count; i++)
            {
                var (from, wanted) = (pack.Entries[i].Start, false);
                for (; i < pack.Entries.Count && pack.Entries[i].IsDead; i++)
                {
                    wanted |= contains(pack.Entries[i]);
                    if (wanted && (i + 1 == pack.Entries.Count || !pack.Entries[i + 1].IsDead))
                        runs.Add((from, pack.Entries[i].End));
                }
            }
        }

        return runs;
    }

    private void MarkDeadLocked(PackEntry entry)
    {
        if (entry.IsDead)
            return;
        entry.IsDead = true;
        entry.Pack.DeadCount++;
        Unlink(entry);
        entry.Duplicate = null;
    }

    private void Unlink(PackEntry entry)
    {
        if (!_names.TryGetValue(entry.Name, out var first))
            return;
        if (first == entry && entry.Duplicate is { } next)
        {
            _names[entry.Name] = next;
        }
        else if (first == entry)
        {
            _names.Remove(entry.Name);
        }
        else
        {
            while (first.Duplicate is { } other && other != entry)
                first = other;
            first.Duplicate = entry.Duplicate;
        }
    }
}
