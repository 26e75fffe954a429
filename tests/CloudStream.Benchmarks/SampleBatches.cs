using CloudStream.Records;

namespace CloudStream.Benchmarks;

/// <summary>Record batches to measure with: random values, so that nothing is flattered by compression or equality.</summary>
internal static class SampleBatches
{
    public static byte[] Of(int records, int recordBytes)
    {
        var random = new Random(records);
        byte[] value = new byte[recordBytes];
        // Today: older than the retention it would be gone while it is measured.
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        using var builder = new RecordBatchBuilder();
        for (int i = 0; i < records; i++)
        {
            random.NextBytes(value);
            builder.Append(now + i, (byte[]?)null, value);
        }

        return builder.Build().ToArray();
    }
}
