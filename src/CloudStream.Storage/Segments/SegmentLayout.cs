namespace CloudStream.Storage.Segments;

/// <summary>Sizes in a segment object: header, slices, directory footer, trailer. Byte by byte in docs/FORMATS.md.</summary>
public static class SegmentLayout
{
    /// <summary>Header: magic 4, format version 2, kind 1, flags 1, shard 4, born 8, id 8, CRC-32C of these 4.</summary>
    public const int HeaderBytes = 32;

    /// <summary>
    /// Trailer: directory position 8, directory length 4, directory CRC-32C 4, CRC-32C of these 16 bytes 4, reserved 8, magic 4.
    /// </summary>
    public const int TrailerBytes = 32;

    /// <summary>About how long a chunk of a merged slice is. A batch that is longer is a chunk of its own.</summary>
    public const int ChunkBytes = 1024 * 1024;
}
