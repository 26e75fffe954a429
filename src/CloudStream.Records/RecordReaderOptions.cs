namespace CloudStream.Records;

/// <summary>How a <see cref="RecordReader"/> reads.</summary>
public sealed record RecordReaderOptions
{
    public static RecordReaderOptions Default { get; } = new();

    /// <summary>Most bytes that one batch's records may decompress to; more is refused. Default 256 MiB, at least 1.</summary>
    public int MaxDecompressedBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Compare each batch with its CRC-32C first. Default true; false where that was done already.</summary>
    public bool VerifyCrc { get; init; } = true;

    /// <summary>Return the records of control batches too (transaction markers). Default false, as consumers want it.</summary>
    public bool IncludeControlBatches { get; init; }

    /// <summary>
    /// Reuse one decompression buffer for all batches: a record then lives only until a record of another batch is read. Default false:
    /// every record lives until the reader is disposed. True for scans that keep nothing.
    /// </summary>
    public bool ReleasePassedBatches { get; init; }
}
