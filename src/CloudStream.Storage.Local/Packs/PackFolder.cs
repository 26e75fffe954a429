using CloudStream.Storage.Local.Files;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Packs;

/// <summary>
/// The packs of a folder as one process sees them: finds entries, looks again at what other processes have appended, and gives back the
/// space of deleted entries. Thread-safe. Blocking file work runs on the thread pool, one scan at a time.
/// </summary>
internal sealed class PackFolder : IDisposable
{
    private readonly SemaphoreSlim _scanning = new(1, 1); // Never disposed: it holds no handle, and late callers may still wait.
    private long _scans;
    private long _lastCompleteScan;
    private volatile string? _ownInstance;

    public PackFolder(string path, OpenFiles files)
    {
        Path = path;
        Files = files;
    }

    public string Path { get; }

    public PackIndex Index { get; } = new();

    public OpenFiles Files { get; }

    /// <summary>The name under which this process appends; null until it does.</summary>
    public string? OwnInstance
    {
        get => _ownInstance;
        set => _ownInstance = value;
    }

    /// <summary>
    /// Looks at every pack for what is new since the last look. Returns when a scan that began after this call has ended; callers at the
    /// same time share one.
    /// </summary>
    /// <param name="withStates">Also learn which entries other processes have deleted.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    public async Task RefreshAsync(bool withStates, CancellationToken cancellationToken)
    {
        var seen = Volatile.Read(ref _scans);
        await _scanning.WaitAsync(cancellationToken);
        try
        {
            if (!withStates && _lastCompleteScan > seen)
                return;
            var number = ++_scans;
            await Task.Run(() => Again(() => Scan(withStates)), CancellationToken.None);
            _lastCompleteScan = number;
        }
        finally
        {
            _scanning.Release();
        }
    }

    /// <summary>Whether an entry still lives. Asked after its bytes were read: the mark comes before the space is given back.</summary>
    public bool IsLive(PackEntry entry, SafeFileHandle file)
    {
        Span<byte> state = stackalloc byte[1];
        if (RandomAccess.Read(file, state, PackLayout.StateTablePosition + entry.Ordinal) == 1 && state[0] != PackLayout.Dead)
            return true;
        Index.MarkDead(entry);
        return false;
    }

    /// <summary>Deletes entries: marks them dead, gives back their space, and removes packs in which nothing lives any more.</summary>
    public async Task DeleteAsync(IReadOnlyCollection<PackEntry> entries)
    {
        await _scanning.WaitAsync(CancellationToken.None);
        try
        {
            await Task.Run(() => Again(() => Delete(entries)), CancellationToken.None);
        }
        finally
        {
            _scanning.Release();
        }
    }

    /// <summary>
    /// Removes a pack that nobody appends to and in which nothing lives. Called by the scan, a delete, or the owner that has just closed
    /// it.
    /// </summary>
    public bool TryRemove(Pack pack)
    {
        // Asked again once it is finished: the last entries may have come between the two questions.
        if (!pack.AllDead || !IsFinished(pack) || !pack.AllDead)
            return false;
        File.Delete(pack.Path);
        Forget(pack);
        if (pack.Owner != OwnInstance)
            ForgetDeadInstances();
        return true;
    }

    /// <summary>Gives back the whole pages of dead neighbours in a sealed pack.</summary>
    public static void PunchDeadRuns(PackIndex index, Pack pack, SafeFileHandle file, Predicate<PackEntry> contains)
    {
        if (!pack.IsIndexDurable)
        {
            // Entry headers go too, so the index that replaces them must outlive a crash of the machine.
            PosixFile.FlushData(file);
            pack.IsIndexDurable = true;
        }

        foreach (var (from, until) in index.DeadRuns(pack, contains))
            GiveBack(pack, file, from, until);
    }

    public void Dispose() => Files.Dispose();

    // Both a scan and a delete may simply be repeated when a handle was closed under them to make room for others.
    private static void Again(Action work)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                work();
                return;
            }
            catch (ObjectDisposedException) when (attempt < 10)
            {
                // Once more.
            }
        }
    }

    private void Scan(bool withStates)
    {
        var known = Index.Packs(); // Before the folder is listed, or a pack that is created meanwhile would be taken for one that is gone.
        var found = new HashSet<string>(Directory.EnumerateFiles(Path, "*" + Pack.Suffix), StringComparer.Ordinal);
        foreach (var gone in known.Where(pack => !found.Contains(pack.Path)))
            Forget(gone);
        foreach (var path in found)
            Scan(path, withStates);
        if (withStates)
            ForgetDeadInstances();
    }

    // Own packs too may have been removed by others: every process removes what is finished and dead, and tells nobody.
    private void Forget(Pack gone)
    {
        Index.Remove(gone);
        Files.Close(gone.Path);
    }

    // A process may die after others have removed its last pack.
    private void ForgetDeadInstances()
    {
        var owners = Index.Packs().Select(pack => pack.Owner).ToHashSet(StringComparer.Ordinal);
        foreach (var instance in InstanceLock.List(Path))
        {
            if (instance != OwnInstance && !owners.Contains(instance))
                InstanceLock.TryForget(Path, instance);
        }
    }

    private void Scan(string path, bool withStates)
    {
        var pack = Index.FindPack(path);
        if ((pack is null && Pack.OwnerOf(path) == OwnInstance) || (pack is { IsSealed: true } && !withStates))
            return;
        if (Files.TryOpen(path) is not { } file)
        {
            if (pack is not null)
                Forget(pack);
            return;
        }

        if (pack is null)
            Index.AddPack(pack = new Pack(path, Pack.OwnerOf(path)));
        CatchUp(pack, file, withStates);
        TryRemove(pack);
    }

    private void CatchUp(Pack pack, SafeFileHandle file, bool withStates)
    {
        var hasNew = false;
        if (pack.Owner != OwnInstance && !pack.IsSealed)
        {
            var entries = PackScan.ReadNew(pack, file);
            Index.Add(pack, entries);
            hasNew = entries.Count > 0;
        }

        if (withStates || hasNew)
            Index.MarkDead(pack, PackScan.ReadStates(file, pack.Entries.Count));
    }

    private void Delete(IReadOnlyCollection<PackEntry> entries)
    {
        GiveBackOwed();
        foreach (var group in entries.GroupBy(entry => entry.Pack))
        {
            var pack = group.Key;
            if (Files.TryOpen(pack.Path) is not { } file)
            {
                Forget(pack);
                continue;
            }

            foreach (var entry in group)
            {
                RandomAccess.Write(file, [PackLayout.Dead], PackLayout.StateTablePosition + entry.Ordinal);
                Index.MarkDead(entry);
            }

            if (pack.AllDead && pack.Owner != OwnInstance)
                Scan(pack.Path, withStates: true); // It may have grown or been sealed since; removes it if not.
            if (!TryRemove(pack) && Index.FindPack(pack.Path) is not null)
                GiveBack(pack, file, [.. group]);
        }
    }

    private void GiveBack(Pack pack, SafeFileHandle file, HashSet<PackEntry> entries)
    {
        if (pack.IsSealed)
        {
            PunchDeadRuns(Index, pack, file, entries.Contains);
            return;
        }

        // The headers of a pack that may still grow are how others find what follows: only the data goes.
        foreach (var entry in entries)
            GiveBack(pack, file, entry.DataPosition, entry.End);
    }

    private static void GiveBack(Pack pack, SafeFileHandle file, long from, long until)
    {
        if (!PosixFile.TryPunchHole(file, from, until))
            pack.Owed.Enqueue((from, until));
    }

    private void GiveBackOwed()
    {
        foreach (var pack in Index.Packs())
        {
            for (var left = pack.Owed.Count; left > 0 && Files.TryOpen(pack.Path) is { } file && pack.Owed.TryDequeue(out var run); left--)
                GiveBack(pack, file, run.From, run.Until);
        }
    }

    // Whoever is gone may have appended, or sealed, after the last look at its pack: it is finished as it is found now.
    private bool IsFinished(Pack pack)
    {
        if (pack.Owner == OwnInstance)
            return pack.IsClosedByOwner;
        if (pack.IsSealed)
            return true;
        if (InstanceLock.IsHeld(Path, pack.Owner) || Files.TryOpen(pack.Path) is not { } file)
            return false;
        CatchUp(pack, file, withStates: true);
        return pack.IsSealed || !pack.HasUnreadableTail;
    }
}
