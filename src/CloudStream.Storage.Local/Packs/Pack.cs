using System.Collections.Concurrent;

namespace CloudStream.Storage.Local.Packs;

/// <summary>
/// One pack file, as the index knows it. Its fields change under the index's lock, or by the one scan that runs at a time.
/// </summary>
internal sealed class Pack(string path, string owner)
{
    private volatile bool _isClosedByOwner; // Set by the appender's thread; who sees it sees all entries.

    public const string Suffix = ".pack";

    public string Path { get; } = path;

    /// <summary>The instance that appends, or appended, to it.</summary>
    public string Owner { get; } = owner;

    /// <summary>Its entries by ordinal, dead ones included.</summary>
    public List<PackEntry> Entries { get; } = [];

    public int DeadCount { get; set; }

    /// <summary>Nothing is appended any more and the file ends with an index.</summary>
    public bool IsSealed { get; set; }

    /// <summary>
    /// Something follows the last entry that is not the beginning of an entry. The file is kept, whatever is deleted from it.
    /// </summary>
    public bool HasUnreadableTail { get; set; }

    /// <summary>This process has ended appending to it (sealed it, or gave it up after a failure).</summary>
    public bool IsClosedByOwner
    {
        get => _isClosedByOwner;
        set => _isClosedByOwner = value;
    }

    /// <summary>The index at its end is known to survive a crash of the machine, so that entry headers may be given back.</summary>
    public bool IsIndexDurable { get; set; }

    /// <summary>What is dead and could not be given back, as somebody still used its pages: tried again with each delete.</summary>
    public ConcurrentQueue<(long From, long Until)> Owed { get; } = new();

    public bool AllDead => DeadCount == Entries.Count;

    /// <summary>Where the next entry begins.</summary>
    public long EndOfEntries => Entries.Count == 0 ? PackLayout.FirstEntryPosition : Entries[^1].End;

    /// <summary>The instance in a pack's file name <c>{instance}-{number}.pack</c>.</summary>
    public static string OwnerOf(string path)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        return dash < 0 ? name : name[..dash];
    }
}
