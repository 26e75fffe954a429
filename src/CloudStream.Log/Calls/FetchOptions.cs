using CloudStream.Log.Memory;

namespace CloudStream.Log.Calls;

/// <summary>How much to fetch and how long to wait for it.</summary>
public readonly record struct FetchOptions
{
    private const long MinAheadBytes = 2 * 1024 * 1024;

    /// <summary>Defaults: at once, up to 1 MiB.</summary>
    public FetchOptions()
    {
    }

    /// <summary>Stop adding batches once this many bytes are there. The first batch is returned however large it is.</summary>
    public int MaxBytes { get; init; } = 1024 * 1024;

    /// <summary>Wait until at least this many bytes can be returned, or <see cref="MaxWait"/> has passed.</summary>
    public int MinBytes { get; init; } = 1;

    /// <summary>How long to wait for <see cref="MinBytes"/>; zero answers at once.</summary>
    public TimeSpan MaxWait { get; init; }

    /// <summary>The reader goes on from here to later offsets: read ahead for it.</summary>
    public bool Sequential { get; init; } = true;

    /// <summary>What is found will be decoded: the result says how much a batch may hold.</summary>
    public bool Decoded { get; init; }

    /// <summary>
    /// Where what is found is accounted for until the result is disposed of; a fetch for which there is no room waits before it collects
    /// anything. Null where the result is not sent to anybody.
    /// </summary>
    internal TransferBudget? Room { get; init; }

    /// <summary>
    /// Whether the caller can send from files: then pieces may be memory without bytes, which stands for those of a file
    /// (<see cref="Storage.Objects.ObjectFile"/>), and a batch may have several pieces.
    /// </summary>
    public bool TakesFiles { get; init; }

    /// <summary>With how many bytes of one partition an answer is good enough that it does not wait for the store.</summary>
    internal long EnoughBytes(long maxBytes) => Math.Max(maxBytes / 2, MinBytes);

    /// <summary>How far ahead of a reader to load who is given so many bytes of one partition at once.</summary>
    internal long AheadBytes(long maxBytes, long cacheBytes) =>
        Sequential ? Math.Min(Math.Max(MinAheadBytes, maxBytes), cacheBytes / 8) : 0;
}
