using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Local.Options;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Packs;

/// <summary>
/// Appends to this process's own packs: what waits goes out in one gather write and one fsync. Used by one thread only (the lane's),
/// <see cref="Dispose"/> after it has ended. A pack that has seen a failure is never appended to again: another process may have read
/// entries of the failed write, and something else must not take their place.
/// </summary>
internal sealed class PackAppender(PackFolder folder, LocalStoreOptions options, DirectTransfers direct, DiskReserve? reserve = null)
    : IDisposable
{
    private readonly List<ReadOnlyMemory<byte>> _pieces = [];
    private byte[] _headers = new byte[4096];
    private InstanceLock? _instance;
    private int _packs;
    private Pack? _pack;
    private SafeFileHandle? _file;
    private SafeFileHandle? _directFile;

    /// <summary>Called before a step on the disk, so that tests can make it fail.</summary>
    internal Action<PackStep, string>? BeforeStep { get; set; }

    /// <summary>Appends a batch, in as many packs as it takes, and ends each of its writes.</summary>
    public void Write(List<PackWrite> batch)
    {
        var next = 0;
        batch = Allowed(batch);
        try
        {
            while (next < batch.Count)
            {
                var count = CountThatFits(batch, next);
                Append(batch, next, count);
                next += count;
            }
        }
        catch (StoreException e)
        {
            if (e.Kind == StoreErrorKind.NotWritable)
                reserve?.GiveUp(e);
            foreach (var write in batch)
                write.Fail(e); // Those that are done stay done.
        }
    }

    // Asked here and not where a put begins: of what waits meanwhile, nothing may use up the room that was just given up.
    private List<PackWrite> Allowed(List<PackWrite> batch)
    {
        if (reserve is null)
            return batch;
        var allowed = new List<PackWrite>(batch.Count);
        foreach (var write in batch)
        {
            try
            {
                reserve.Require(write.Name);
                allowed.Add(write);
            }
            catch (StoreException e)
            {
                write.Fail(e);
            }
        }

        return allowed;
    }

    /// <summary>Seals the current pack and gives up the instance's name.</summary>
    public void Dispose()
    {
        try
        {
            if (_pack is not null)
                Seal();
        }
        finally
        {
            _instance?.Dispose();
        }
    }

    private int CountThatFits(List<PackWrite> batch, int first)
    {
        EnsurePack();
        var position = _pack!.EndOfEntries;
        var count = 0;
        while (first + count < batch.Count && _pack.Entries.Count + count < options.MaxPackEntries
            && (count == 0 || position < options.MaxPackBytes))
            position += batch[first + count++].EntryBytes;
        return count;
    }

    private void Append(List<PackWrite> batch, int first, int count)
    {
        var pack = _pack!;
        var entries = Gather(batch, first, count);
        try
        {
            Step(PackStep.Append);
            direct.Write(_file!, _directFile, _pieces, entries[^1].End - pack.EndOfEntries, pack.EndOfEntries);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            var isUndone = GiveUpPack();
            throw FileFailure.AsStoreException(
                e, $"appending to '{pack.Path}'", isUndone ? StoreErrorKind.Unavailable : StoreErrorKind.Ambiguous);
        }

        Flush(pack);
        folder.Index.Add(pack, entries);
        for (var i = first; i < first + count; i++)
            batch[i].Complete(true);
        if (pack.Entries.Count >= options.MaxPackEntries || pack.EndOfEntries >= options.MaxPackBytes)
            Seal();
    }

    private void Flush(Pack pack)
    {
        try
        {
            Step(PackStep.Flush);
            PosixFile.FlushData(_file!);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            GiveUpPack();
            throw FileFailure.AsStoreException(e, $"flushing '{pack.Path}'", StoreErrorKind.Ambiguous);
        }
    }

    // Headers and names of the whole batch share one buffer; the data is written from where it lies.
    private List<PackEntry> Gather(List<PackWrite> batch, int first, int count)
    {
        var headerBytes = 0;
        for (var i = first; i < first + count; i++)
            headerBytes += PackLayout.EntryHeaderBytes + batch[i].Name.Length;
        if (_headers.Length < headerBytes)
            _headers = new byte[headerBytes * 2];

        _pieces.Clear();
        var entries = new List<PackEntry>(count);
        var (start, used) = (_pack!.EndOfEntries, 0);
        for (var i = first; i < first + count; i++)
        {
            var write = batch[i];
            var entry = new PackEntry(_pack, _pack.Entries.Count + entries.Count, write.Name, start, write.DataLength, write.DataCrc);
            var length = PackLayout.WriteEntryHeader(_headers.AsSpan(used), entry.Ordinal, write.Name, write.DataLength, write.DataCrc);
            _pieces.Add(_headers.AsMemory(used, length));
            for (var piece = 0; piece < write.Content.Count; piece++)
            {
                if (!write.Content[piece].IsEmpty)
                    _pieces.Add(write.Content[piece]);
            }

            entries.Add(entry);
            (start, used) = (entry.End, used + length);
        }

        return entries;
    }

    private void EnsurePack()
    {
        if (_pack is not null)
            return;
        var path = "";
        try
        {
            _instance ??= InstanceLock.Take(folder.Path);
            folder.OwnInstance = _instance.Instance;
            path = Path.Combine(folder.Path, $"{_instance.Instance}-{_packs++:d6}{Pack.Suffix}");
            Step(PackStep.Create);
            _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.Write(_file, PackLayout.Header(), 0);
            _directFile = direct.TryOpen(path, FileAccess.Write);
            PosixFile.FlushFolder(folder.Path);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            CloseFiles();
            TryDelete(path);
            throw FileFailure.AsStoreException(e, $"creating the pack '{path}'", StoreErrorKind.Unavailable);
        }

        _pack = new Pack(path, _instance.Instance);
        folder.Index.AddPack(_pack);
    }

    // A pack that cannot be sealed is as good without its index; only loading it takes longer.
    private void Seal()
    {
        var (pack, file) = TakePack();
        try
        {
            var index = PackScan.EncodeIndex(pack.Entries);
            Step(PackStep.Seal);
            RandomAccess.Write(file, [index, PackLayout.Trailer(pack.EndOfEntries, index.Span)], pack.EndOfEntries);
            PosixFile.FlushData(file);
            (pack.IsSealed, pack.IsIndexDurable) = (true, true);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            TryTruncate(file, pack.EndOfEntries);
        }

        Close(pack, file);
    }

    private (Pack Pack, SafeFileHandle File) TakePack()
    {
        var taken = (_pack!, _file!);
        _directFile?.Dispose();
        (_pack, _file, _directFile) = (null, null, null);
        return taken;
    }

    private void CloseFiles()
    {
        _file?.Dispose();
        _directFile?.Dispose();
        (_file, _directFile) = (null, null);
    }

    private bool GiveUpPack()
    {
        var (pack, file) = TakePack();
        var isUndone = TryTruncate(file, pack.EndOfEntries);
        Close(pack, file);
        return isUndone;
    }

    // What others deleted while the pack was ours to remove is removed here; what they delete from now on, they see is finished.
    private void Close(Pack pack, SafeFileHandle file)
    {
        pack.IsClosedByOwner = true;
        try
        {
            folder.Index.MarkDead(pack, PackScan.ReadStates(file, pack.Entries.Count));
            if (!folder.TryRemove(pack) && pack.IsSealed && pack.DeadCount > 0)
                PackFolder.PunchDeadRuns(folder.Index, pack, file, static _ => true);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            // Space only; the next scan or delete tries again.
        }
        finally
        {
            file.Dispose();
        }
    }

    private void Step(PackStep step) => BeforeStep?.Invoke(step, _pack?.Path ?? "");

    private static bool TryTruncate(SafeFileHandle file, long length)
    {
        try
        {
            RandomAccess.SetLength(file, length);
            return true;
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            return false; // Torn bytes at the end are ignored by every reader.
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (FileFailure.IsOne(e) || e is ArgumentException)
        {
            // An empty pack is removed by a later scan.
        }
    }
}

/// <summary>What the appender is about to do on the disk.</summary>
internal enum PackStep
{
    Create,
    Append,
    Flush,
    Seal,
}
