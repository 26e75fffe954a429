using CloudStream.Records;

namespace CloudStream.Cli.Bench.Measuring;

/// <summary>What <c>bench consume</c> does with the batches that it reads.</summary>
internal static class BatchReading
{
    private static readonly RecordReaderOptions ReadOptions = new() { VerifyCrc = false, ReleasePassedBatches = true };

    /// <summary>The name of the measurement.</summary>
    public static string NameOf(BenchRequest request) => request.Decode ? "consume, every record decoded" : "consume, batches";

    /// <summary>Counts records by their batches' headers.</summary>
    public static long Count(ReadOnlySpan<byte> batches)
    {
        long records = 0;
        var each = new RecordBatchEnumerator(batches);
        while (each.MoveNext())
            records += each.Current.RecordCount;
        return records;
    }

    /// <summary>Counts records by looking at each; checksums were looked at before.</summary>
    public static long Decode(ReadOnlyMemory<byte> batches) => Decode(RecordBatchReader.Read(batches, ReadOptions));

    /// <summary>Counts records by looking at each.</summary>
    public static long Decode(RecordReader opened)
    {
        using RecordReader reader = opened;
        long records = 0;
        while (reader.TryRead(out _))
            records++;
        return records;
    }
}
