using CloudStream.Records;

namespace CloudStream.Benchmarks;

/// <summary>Record batches to measure with: random values, so that nothing is flattered by compression or equality.</summary>
internal static class SampleBatches
{
    public static byte[] Of(int records, int recordBytes)
    {
        var random = new Random(records);
        byte[] value = new byte[recordBytes];
        using var builder = new RecordBatchBuilder();
        for (int i = 0; i < records; i++)
        {
            random.NextBytes(value);
            builder.Append(1_700_000_000_000 + i, (byte[]?)null, value);
        }

        return builder.Build().ToArray();
    }
}
