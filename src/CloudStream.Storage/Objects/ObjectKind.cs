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
}
