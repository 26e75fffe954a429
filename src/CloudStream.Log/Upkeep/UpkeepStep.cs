namespace CloudStream.Log.Upkeep;

/// <summary>The kinds of upkeep.</summary>
internal enum UpkeepStep
{
    /// <summary>Old records are given up.</summary>
    Retention,

    /// <summary>Small objects become large ones.</summary>
    Merge,

    /// <summary>Final slices move into index pages.</summary>
    Pages,

    /// <summary>What the state no longer refers to is deleted.</summary>
    Trash,

    /// <summary>Idle producers are forgotten.</summary>
    Producers,

    /// <summary>Objects that no state ever referred to are deleted.</summary>
    Sweep,
}
