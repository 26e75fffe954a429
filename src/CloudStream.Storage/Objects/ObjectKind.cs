namespace CloudStream.Storage.Objects;

/// <summary>What an object holds. The value is the letter in its name.</summary>
public enum ObjectKind : byte
{
    /// <summary>A segment object written by a flush.</summary>
    Segment = (byte)'s',

    /// <summary>A segment object written by a merge (or, later, a compaction).</summary>
    Merged = (byte)'m',

    /// <summary>A shard's whole state as of one register version.</summary>
    Checkpoint = (byte)'c',

    /// <summary>An index page: descriptions of one partition's old slices.</summary>
    Page = (byte)'p',

    /// <summary>An entry of a journal that is too large for a slot.</summary>
    Entry = (byte)'e',

    /// <summary>
    /// A segment object into which a checkpoint has spilled the records that its journal's slots held. A kind of its own, for a store that
    /// is full must take it as it takes checkpoints: neither can be written without the other.
    /// </summary>
    Spill = (byte)'i',

    /// <summary>
    /// No object: records that lie in a slot of the journal. Born is their commit, the lower half of Id counts those of one commit, the
    /// upper half is the shard.
    /// </summary>
    Slot = (byte)'j',
}
