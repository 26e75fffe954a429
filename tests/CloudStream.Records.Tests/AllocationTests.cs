using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests;

public sealed class AllocationTests
{
    [Fact]
    public void Validating_and_walking_batches_allocates_nothing()
    {
        byte[] batches = [.. GoldenBatches.JavaNone, .. GoldenBatches.JavaLz4, .. GoldenBatches.JavaTransactional];

        Assert.Equal(0, AllocatedBy(() =>
        {
            if (RecordBatchValidator.Validate(batches, 1_000_000).RecordCount != 12 || Walk(batches) != 12)
                throw new InvalidOperationException("The batches are good.");
        }));
    }

    [Fact]
    public void Refusing_a_batch_allocates_nothing_until_the_detail_is_asked_for()
    {
        var batch = GoldenBatches.JavaNone;
        batch[100] ^= 1;

        Assert.Equal(0, AllocatedBy(() =>
        {
            if (RecordBatchValidator.Validate(batch, 1_000_000).IsValid)
                throw new InvalidOperationException("The batch is bad.");
        }));
    }

    [Fact]
    public void Assigning_offsets_and_times_allocates_nothing()
    {
        var batch = GoldenBatches.JavaNone;

        Assert.Equal(0, AllocatedBy(() =>
        {
            RecordBatchLayout.SetBaseOffset(batch, 5);
            RecordBatchLayout.SetPartitionLeaderEpoch(batch, 5);
            RecordBatchLayout.SetMaxTimestampLogAppend(batch, 5);
        }));
    }

    [Fact]
    public void A_reused_builder_allocates_nothing()
    {
        using var builder = new RecordBatchBuilder();
        IReadOnlyList<RecordHeader> headers = [new RecordHeader("name", new byte[3])];

        Assert.Equal(0, AllocatedBy(() =>
        {
            for (var i = 0; i < 100; i++)
                builder.Append(i, "key"u8, "value"u8, headers);
            builder.Build();
            builder.Reset();
        }));
    }

    [Theory]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void A_reused_builder_with_a_native_codec_allocates_nothing(CompressionType type)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });

        Assert.Equal(0, AllocatedBy(() =>
        {
            for (var i = 0; i < 100; i++)
                builder.Append(i, "key"u8, "value"u8);
            builder.Build();
            builder.Reset();
        }));
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Lz4)]
    public void Reading_allocates_the_same_for_ten_records_and_for_a_thousand(CompressionType type)
    {
        var few = Batch(type, 10);
        var many = Batch(type, 1000);

        Assert.Equal(AllocatedBy(() => ReadAll(few, 10)), AllocatedBy(() => ReadAll(many, 1000)));
    }

    private static int Walk(ReadOnlySpan<byte> batches)
    {
        var records = 0;
        var walk = new RecordBatchEnumerator(batches);
        while (walk.MoveNext())
            records += walk.Current.RecordCount;
        return records;
    }

    private static void ReadAll(byte[] batch, int expected)
    {
        using var reader = RecordBatchReader.Read(batch);
        var count = 0;
        while (reader.TryRead(out var record))
            count += record.Headers.Count + 1;
        if (count != expected)
            throw new InvalidOperationException($"{count} of {expected} records were read.");
    }

    private static byte[] Batch(CompressionType type, int records)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });
        for (var i = 0; i < records; i++)
            builder.Append(i, "key"u8, "value"u8);
        return builder.Build().ToArray();
    }

    // The smallest of several runs: the first ones compile, load and rent.
    private static long AllocatedBy(Action action)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
