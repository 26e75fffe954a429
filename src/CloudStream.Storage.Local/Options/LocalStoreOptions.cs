namespace CloudStream.Storage.Local.Options;

/// <summary>Settings of the local stores. The defaults suit a laptop and a server alike.</summary>
public sealed class LocalStoreOptions
{
    /// <summary>Objects up to this many bytes share pack files; larger ones get a file each. Default 16 MiB; 0 to 128 MiB.</summary>
    public int MaxPackedObjectBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// A pack that has reached this many bytes is sealed and the next one begun. Default 128 MiB; 64 KiB to 2 GiB - 256 MiB.
    /// </summary>
    public long MaxPackBytes { get; set; } = 128 * 1024 * 1024;

    /// <summary>
    /// A pack with this many objects is sealed and the next one begun. Default 16,384; 1 to 16,384, the size of a pack's state table.
    /// </summary>
    public int MaxPackEntries { get; set; } = 16 * 1024;

    /// <summary>Files of packs and large objects kept open for reading. Default 256; 8 to 65,536.</summary>
    public int MaxOpenFiles { get; set; } = 256;

    /// <summary>
    /// Writes that may wait for each store's writer thread; further callers wait for room. Default 1,024; 1 to 1,048,576.
    /// </summary>
    public int MaxQueuedWrites { get; set; } = 1024;

    /// <summary>Most writes made durable by one fsync. Default 256; 1 to 65,536.</summary>
    public int MaxWritesPerCommit { get; set; } = 256;

    /// <summary>
    /// Whether large reads and writes go past the operating system's page cache where the file system can do that. It spares processor and
    /// memory; on a slow disk beside much memory the page cache serves readers of history faster. Default true.
    /// </summary>
    public bool DirectTransfers { get; set; } = true;

    /// <summary>
    /// Whether a folder's stores keep some room of the disk aside (a sixteenth of it, 1 to 32 MiB, in the file <c>reserve</c>), so that a
    /// full disk can be cleared by retention. Default true.
    /// </summary>
    public bool KeepReserve { get; set; } = true;

    /// <summary>
    /// How long a write waits while other processes hold the register database. Then it is Throttled. Default 5 s; 0 to 10 minutes.
    /// </summary>
    public TimeSpan RegisterBusyTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Fails unless every setting is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        InRange(MaxPackedObjectBytes, 0, 128 * 1024 * 1024, nameof(MaxPackedObjectBytes));
        InRange(MaxPackBytes, 64 * 1024, int.MaxValue - (256L * 1024 * 1024), nameof(MaxPackBytes));
        InRange(MaxPackEntries, 1, 16 * 1024, nameof(MaxPackEntries));
        InRange(MaxOpenFiles, 8, 65_536, nameof(MaxOpenFiles));
        InRange(MaxQueuedWrites, 1, 1024 * 1024, nameof(MaxQueuedWrites));
        InRange(MaxWritesPerCommit, 1, 65_536, nameof(MaxWritesPerCommit));
        InRange((long)RegisterBusyTimeout.TotalMilliseconds, 0, 600_000, nameof(RegisterBusyTimeout));
    }

    private static void InRange(long value, long min, long max, string name)
    {
        if (value < min || value > max)
            throw new ArgumentOutOfRangeException(name, value, $"{min} to {max} is allowed");
    }
}
