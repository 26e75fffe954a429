namespace CloudStream.Log.Upkeep;

/// <summary>When to merge and how much. Every number bounds something: state, memory, or how often a byte is written again.</summary>
internal static class MergePolicy
{
    /// <summary>A level is merged when it has this many objects, whatever their size.</summary>
    public const int DueObjects = 32;

    /// <summary>Fewest objects that a merge for bytes takes: with fewer the same bytes would be written again too often.</summary>
    public const int MinObjects = 4;

    /// <summary>Most objects that one merge takes.</summary>
    public const int MaxObjects = 64;

    /// <summary>Slices of a level that make a merge of fewer objects worth it: what counts there is the size of the state.</summary>
    public const int DueSlices = 4096;

    /// <summary>Fewest objects of a merge for slices.</summary>
    public const int MinObjectsForSlices = 8;

    /// <summary>
    /// A merge takes no further object when it would write this many slices: the entry carries them and must fit in a slot.
    /// </summary>
    public const int MaxSlots = 4096;

    /// <summary>Most bytes of slices in one output object, unless one slice is larger.</summary>
    public const long MaxOutputBytes = 64L * 1024 * 1024;

    /// <summary>
    /// Input bytes at which a level is due and beyond which a merge takes no further object. Upper levels take a GiB, so that every
    /// partition of a shard with a hundred of them gets its own objects after two rewrites.
    /// </summary>
    public static long LevelBytes(int level) => level == 0 ? MaxOutputBytes : 16 * MaxOutputBytes;

    /// <summary>
    /// Flushed objects of at least this many bytes on average come from a heavy stream. Merging them while it runs would take disk and
    /// processor from the producers, so it waits for a quiet moment, as long as the backlog stays within the limits below.
    /// </summary>
    public const long HeavyFlushBytes = 64 * 1024;

    /// <summary>Backlog of a shard in bytes that is merged whether or not producers are busy.</summary>
    public const long MaxBacklogBytes = 512L * 1024 * 1024;

    /// <summary>
    /// Backlog of a shard in slices that is merged whether or not producers are busy: what counts there is the size of the state.
    /// </summary>
    public const int MaxBacklogSlices = 2048;

    /// <summary>How long no flush must have come for a shard to be quiet.</summary>
    public static readonly TimeSpan QuietAfter = TimeSpan.FromSeconds(1);

    /// <summary>From this level on, objects cover ranges of slots, and only those of one range are merged with each other.</summary>
    public const int RangedLevel = 2;
}
