using System.Diagnostics;

namespace CloudStream.Storage.Local.Files;

/// <summary>
/// Room that is kept aside on the disk of a folder, as a file, so that a full disk can be cleared by what clears it: retention, its commits
/// and checkpoints, and a start. Whoever finds the disk full gives the file up; from then on, in every process, no records and no merged
/// objects are put until there is room for the file again. So what was freed is not used up by the next producer. Thread-safe.
/// </summary>
internal sealed class DiskReserve
{
    private const long SmallestBytes = 1024 * 1024, LargestBytes = 32 * 1024 * 1024;
    private const int ShareOfDisk = 16;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private readonly string _folder;
    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly Func<string, (long Free, long Total)> _measure;
    private string _condition = WriteFailure.DiskFull;
    private long _triedAt = long.MinValue;

    /// <param name="folder">The folder; it exists.</param>
    /// <param name="measure">Free and total bytes of the disk of a folder; tests make them up.</param>
    public DiskReserve(string folder, Func<string, (long Free, long Total)>? measure = null)
    {
        _folder = System.IO.Path.GetFullPath(folder);
        _path = System.IO.Path.Combine(_folder, "reserve");
        _measure = measure ?? Measure;
    }

    /// <summary>The file.</summary>
    public string Path => _path;

    /// <summary>
    /// Before a folder is made: there must be room for what a new one holds. A start that failed for want of it would leave one behind that
    /// holds nothing.
    /// </summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.NotWritable"/>.</exception>
    public void RequireRoomForFolder()
    {
        var parent = _folder;
        while (!Directory.Exists(parent))
            parent = System.IO.Path.GetDirectoryName(parent) ?? throw new ArgumentException($"'{_folder}' lies nowhere.");
        if (parent == _folder)
            return;
        var free = _measure(parent).Free;
        if (free < SmallestBytes)
            throw new StoreException(StoreErrorKind.NotWritable,
                $"{WriteFailure.DiskFull}: {free} bytes are free and a new folder takes {SmallestBytes}; none was made")
            {
                Condition = WriteFailure.DiskFull,
            };
    }

    /// <summary>
    /// At start, before anything is written: keeps the room aside, or gives it up where so little is left that a start might fail for want
    /// of it. Never fails: that the disk is full is said when something is written.
    /// </summary>
    public void Prepare()
    {
        try
        {
            if (File.Exists(_path) && _measure(_folder).Free < SmallestBytes)
                File.Delete(_path);
            else
                TryTake();
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            // Said by the first write.
        }
    }

    /// <summary>Whether the room is kept aside, so that records may be written.</summary>
    public bool IsThere => File.Exists(_path);

    /// <summary>The disk is full: gives the room up.</summary>
    /// <returns>Whether there was any to give up.</returns>
    public bool GiveUp(StoreException failure)
    {
        lock (_lock)
        {
            _condition = failure.Condition ?? WriteFailure.DiskFull;
            _triedAt = Stopwatch.GetTimestamp();
            try
            {
                if (!File.Exists(_path))
                    return false;
                File.Delete(_path);
                return true;
            }
            catch (Exception e) when (FileFailure.IsOne(e))
            {
                return false; // A disk that may only be read.
            }
        }
    }

    /// <summary>Refuses records and merged objects while the room is given up.</summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.NotWritable"/>.</exception>
    public void Require(string name)
    {
        if (!IsBulk(name) || File.Exists(_path))
            return;
        lock (_lock)
        {
            if (_triedAt != long.MinValue && Stopwatch.GetElapsedTime(_triedAt) < s_pause)
                throw NotWritable();
            _triedAt = Stopwatch.GetTimestamp();
            try
            {
                if (!TryTake())
                    throw NotWritable();
            }
            catch (Exception e) when (FileFailure.IsOne(e))
            {
                var failure = FileFailure.AsStoreException(e, $"keeping room aside in '{_path}'", StoreErrorKind.Unavailable);
                _condition = failure.Condition ?? _condition;
                throw failure;
            }
        }
    }

    // Segment objects of flushes and of merges. What else there is makes room, or is small.
    private static bool IsBulk(string name)
    {
        var last = name.LastIndexOf('/') + 1;
        return last + 1 < name.Length && name[last] is 's' or 'm' && name[last + 1] == '-';
    }

    // Twice what it takes, so that a disk is not full again with the next write.
    private bool TryTake()
    {
        if (File.Exists(_path))
            return true;
        var (free, total) = _measure(_folder);
        var bytes = Math.Clamp(total / ShareOfDisk, SmallestBytes, LargestBytes);
        if (free < 2 * bytes)
        {
            _condition = WriteFailure.DiskFull;
            return false;
        }

        // Under another name first: a process that dies meanwhile must not leave one that keeps no room.
        var temporary = $"{_path}.{Random.Shared.NextInt64():x16}";
        try
        {
            using (var file = PosixFile.Create(temporary, bytes))
                RandomAccess.SetLength(file, bytes); // So that who looks at the folder sees what it is.
            File.Move(temporary, _path, overwrite: true);
            return true;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private StoreException NotWritable() =>
        new(StoreErrorKind.NotWritable, $"nothing is put into '{_folder}': {_condition}") { Condition = _condition };

    private static (long Free, long Total) Measure(string folder)
    {
        var disk = new DriveInfo(folder);
        return (disk.AvailableFreeSpace, disk.TotalSize);
    }
}
