namespace CloudStream.Log.Verify;

/// <summary>What kind of damage there is. A closed set: programs read its words.</summary>
internal enum FindingKind
{
    /// <summary>Registers and objects are not of one cluster, or the registers are gone: no broker starts.</summary>
    Cluster,

    /// <summary>A register that belongs to no shard cannot be read.</summary>
    Register,

    /// <summary>A shard's journal or checkpoint is gone or cannot be read, so that none of its partitions is served.</summary>
    Shard,

    /// <summary>A topic's register and its partitions do not fit.</summary>
    Topic,

    /// <summary>Records, or an index of them, are missing or fail their checks: readers are told so.</summary>
    Records,

    /// <summary>An object fails its checks where readers do not look: its header, its directory, or what no batch's checksum
    /// covers.</summary>
    Object,
}
