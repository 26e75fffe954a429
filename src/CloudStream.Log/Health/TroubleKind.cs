namespace CloudStream.Log.Health;

/// <summary>What kind of trouble a broker has. A closed set: it is a metric's tag and a word of <c>/readyz</c>.</summary>
public enum TroubleKind
{
    /// <summary>Stored records, or an index of them, are missing or fail their checks.</summary>
    Damage,

    /// <summary>A shard's journal or checkpoint cannot be read, so that none of its partitions is served.</summary>
    Shard,

    /// <summary>A store takes no writes: the disk is full or may only be read.</summary>
    NotWritable,

    /// <summary>Segment objects cannot be put, and are tried again.</summary>
    Uploads,

    /// <summary>Commits do not go through, and are tried again.</summary>
    Commits,

    /// <summary>Checkpoints cannot be written, and are tried again.</summary>
    Checkpoints,

    /// <summary>A shard's journal has no room for records until a checkpoint can be written.</summary>
    JournalFull,

    /// <summary>A step of upkeep fails, and is tried again.</summary>
    Upkeep,
}
