using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local;

/// <summary>
/// The packs of a folder as one process sees them: finds entries, looks again at what other processes have appended, and gives back the space of
/// deleted entries. Thread-safe. Blocking file work runs on the thread pool, one scan at a time.
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
    /// Looks at every pack for what is new since the last look. Returns when a scan that began after this call has ended; callers at the same time share one.
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

    /// <summary>Removes a pack that nobody appends to and in which nothing lives. Called by the scan, a delete, or the owner that has just closed it.</summary>
    public bool TryRemove(Pack pack)
    {
        if (!pack.AllDead || !IsFinished(pack))
            return false;
        File.Delete(pack.Path);
        Index.Remove(pack);
        Files.Close(pack.Path);
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
            PosixFile.PunchHole(file, from, until);
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
        var found = new HashSet<string>(Directory.EnumerateFiles(Path, "*" + Pack.Suffix), StringComparer.Ordinal);
        foreach (var gone in Index.Packs().Where(pack => pack.Owner != OwnInstance && !found.Contains(pack.Path)))
        {
            Index.Remove(gone);
            Files.Close(gone.Path);
        }

        foreach (var path in found)
            Scan(path, withStates);
        if (withStates)
            ForgetDeadInstances();
    }

    // A process may die after others have removed its last pack.
    private void ForgetDeadInstances()
    {
        var owners = Index.Packs().Select(pack => pack.Owner).ToHashSet(StringComparer.Ordinal);
        foreach (var instance in InstanceLock.List(Path))
        {
            if (instance != OwnInstance && !owners.Contains(instance) && !InstanceLock.IsHeld(Path, instance))
                InstanceLock.Forget(Path, instance);
        }
    }

    private void Scan(string path, bool withStates)
    {
        var pack = Index.FindPack(path);
        var isOwn = Pack.OwnerOf(path) == OwnInstance;
        if ((isOwn && pack is null) || (pack is { IsSealed: true } && !withStates) || Files.TryOpen(path) is not { } file)
            return;
        if (pack is null)
            Index.AddPack(pack = new Pack(path, Pack.OwnerOf(path)));

        var hasNew = false;
        if (!isOwn && !pack.IsSealed)
        {
            var entries = PackScan.ReadNew(pack, file);
            Index.Add(pack, entries);
            hasNew = entries.Count > 0;
        }

        if (withStates || hasNew)
            Index.MarkDead(pack, PackScan.ReadStates(file, pack.Entries.Count));
        TryRemove(pack);
    }

    private void Delete(IReadOnlyCollection<PackEntry> entries)
    {
        foreach (var group in entries.GroupBy(entry => entry.Pack))
        {
            var pack = group.Key;
            if (Files.TryOpen(pack.Path) is not { } file)
            {
                if (pack.Owner != OwnInstance)
                    Index.Remove(pack);
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
            PosixFile.PunchHole(file, entry.DataPosition, entry.End);
    }

    private bool IsFinished(Pack pack) => pack.Owner == OwnInstance ? pack.IsClosedByOwner : pack.IsSealed || (!pack.HasUnreadableTail && !InstanceLock.IsHeld(Path, pack.Owner));
}
