namespace CloudStream.Records;

/// <summary>Opens record batches for reading.</summary>
public static class RecordBatchReader
{
    /// <summary>Reads all records of one or more consecutive whole batches. Dispose the reader: it may hold pooled memory.</summary>
    /// <param name="batches">Must not change while the reader and its records are in use.</param>
    /// <param name="options">Default <see cref="RecordReaderOptions.Default"/>.</param>
    public static RecordReader Read(ReadOnlyMemory<byte> batches, RecordReaderOptions? options = null) =>
        new(batches, long.MinValue, options);

    /// <summary>
    /// The same, leaving out records before an offset: a fetch returns whole batches, whose first records may be too early. Batches that
    /// end before it are not even decompressed.
    /// </summary>
    /// <param name="batches">Must not change while the reader and its records are in use.</param>
    /// <param name="fromOffset">The first offset that is wanted.</param>
    /// <param name="options">Default <see cref="RecordReaderOptions.Default"/>.</param>
    public static RecordReader ReadFrom(ReadOnlyMemory<byte> batches, long fromOffset, RecordReaderOptions? options = null) =>
        new(batches, fromOffset, options);
}
