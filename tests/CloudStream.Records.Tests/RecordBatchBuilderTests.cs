using System.Text;
using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests;

public sealed class RecordBatchBuilderTests
{
    private static readonly byte[] HeaderOne = "one"u8.ToArray();

    [Fact]
    public void A_small_batch_has_the_bytes_of_the_protocol_documentation()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(1_000_000, "k"u8, "v"u8);
        builder.Append(1_001_000, null, Array.Empty<byte>(), [new RecordHeader("h", "x"u8.ToArray()), new RecordHeader("n", null)]);

        Assert.Equal(Convert.ToHexString(GoldenBatches.ByHand), Convert.ToHexString(builder.Build().Span));
    }

    [Fact]
    public void An_uncompressed_batch_is_byte_for_byte_what_Java_builds()
    {
        using var builder = new RecordBatchBuilder();
        AppendGoldenRecords(builder);

        Assert.Equal(Convert.ToHexString(GoldenBatches.JavaNone), Convert.ToHexString(builder.Build().Span));
    }

    [Fact]
    public void A_transactional_batch_is_byte_for_byte_what_Java_builds()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions
        {
            ProducerId = 4711,
            ProducerEpoch = 3,
            BaseSequence = int.MaxValue - 1,
            IsTransactional = true,
        });
        AppendGoldenRecords(builder);

        Assert.Equal(Convert.ToHexString(GoldenBatches.JavaTransactional), Convert.ToHexString(builder.Build().Span));
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void What_is_built_is_valid_and_reads_back(CompressionType type)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });
        AppendGoldenRecords(builder);
        var batch = builder.Build();

        Assert.Equal(BatchValidationStatus.Ok, RecordBatchValidator.Validate(batch.Span, 1_000_000).Status);
        GoldenRecords.AssertRead(batch);
    }

    [Fact]
    public void A_builder_is_reused_after_reset()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { InitialCapacity = 1 });
        for (var round = 0; round < 3; round++)
        {
            AppendGoldenRecords(builder);
            Assert.Equal(4, builder.RecordCount);
            Assert.Equal(154, builder.EstimatedBytes);
            Assert.Equal(Convert.ToHexString(GoldenBatches.JavaNone), Convert.ToHexString(builder.Build().Span));
            builder.Reset();
            Assert.Equal((0, 61), (builder.RecordCount, builder.EstimatedBytes));
        }
    }

    [Fact]
    public void Reset_takes_the_next_sequence()
    {
        using var builder = new RecordBatchBuilder();
        builder.Reset(new RecordBatchOptions { ProducerId = 5, ProducerEpoch = 0, BaseSequence = 12 });
        builder.Append(1, "a"u8, "b"u8);

        var header = new RecordBatchHeader(builder.Build().Span);
        Assert.Equal((5, 12), (header.ProducerId, header.BaseSequence));
    }

    [Fact]
    public void Building_twice_gives_the_same_bytes_and_appending_goes_on()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = CompressionType.Zstd });
        builder.Append(1, "a"u8, "b"u8);
        var first = builder.Build().ToArray();
        Assert.Equal(first, builder.Build().ToArray());

        builder.Append(2, "c"u8, "d"u8);
        Assert.Equal(2, new RecordBatchHeader(builder.Build().Span).RecordCount);
    }

    [Fact]
    public void An_empty_batch_cannot_be_built()
    {
        using var builder = new RecordBatchBuilder();
        Assert.Throws<InvalidOperationException>(() => builder.Build());
    }

    [Fact]
    public void Null_is_null_and_empty_is_empty_in_every_overload()
    {
        using var builder = new RecordBatchBuilder();
        byte[]? none = null;
        builder.Append(0, null, null);
        builder.Append(0, none, none);
        builder.Append(0, null, (ReadOnlyMemory<byte>?)null);
        builder.Append(1, Array.Empty<byte>(), Array.Empty<byte>());
        builder.Append(1, ReadOnlyMemory<byte>.Empty, ReadOnlyMemory<byte>.Empty);
        builder.Append(1, ReadOnlySpan<byte>.Empty, ReadOnlySpan<byte>.Empty);
        builder.Append(2, null, ReadOnlySpan<byte>.Empty);
        builder.Append(2, none, ""u8);
        builder.Append(2, null, Array.Empty<byte>());
        builder.Append(3, ReadOnlySpan<byte>.Empty, null);
        builder.Append(3, ""u8, none);
        builder.Append(3, Array.Empty<byte>(), null);

        var nulls = new List<string>();
        using var reader = RecordBatchReader.Read(builder.Build());
        foreach (var record in reader)
            nulls.Add($"{record.Timestamp} {(record.Key is null ? "null" : "empty")} {(record.Value is null ? "null" : "empty")}");
        Assert.Equal(
            [
                "0 null null", "0 null null", "0 null null", "1 empty empty", "1 empty empty", "1 empty empty",
                "2 null empty", "2 null empty", "2 null empty", "3 empty null", "3 empty null", "3 empty null",
            ],
            nulls);
    }

    [Fact]
    public void A_disposed_builder_refuses()
    {
        var builder = new RecordBatchBuilder();
        builder.Append(1, "k"u8, "v"u8);
        builder.Dispose();

        Assert.Throws<ObjectDisposedException>(() => builder.Append(1, "k"u8, "v"u8));
        Assert.Throws<ObjectDisposedException>(() => builder.Build());
        Assert.Throws<ObjectDisposedException>(builder.Reset);
    }

    [Fact]
    public void Offsets_may_have_gaps_but_never_go_back()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = 100 });
        builder.AppendAt(3, 1, null, "x"u8.ToArray());
        builder.AppendAt(7, 1, null, "y"u8.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.AppendAt(7, 1, null, "z"u8.ToArray()));

        var batch = builder.Build();
        Assert.Equal(107, new RecordBatchHeader(batch.Span).LastOffset);
        using var reader = RecordBatchReader.Read(batch);
        Assert.True(reader.TryRead(out var first));
        Assert.True(reader.TryRead(out var second));
        Assert.Equal((103, 107), (first.Offset, second.Offset));
    }

    [Fact]
    public void The_upper_bound_of_a_record_holds_for_extreme_values()
    {
        using var builder = new RecordBatchBuilder();
        RecordHeader[] headers = [new RecordHeader("schlüssel", HeaderOne), new RecordHeader("", null)];
        builder.Append(long.MinValue, "k"u8, "v"u8);
        var before = builder.EstimatedBytes;
        builder.Append(long.MaxValue, "key"u8, new byte[5000], headers);

        Assert.InRange(builder.EstimatedBytes - before, 5000, RecordBatchBuilder.MaxRecordBytes(3, 5000, headers));
    }

    [Fact]
    public void Extreme_timestamps_survive()
    {
        using var builder = new RecordBatchBuilder();
        long[] timestamps = [0, long.MaxValue, long.MinValue, -1];
        foreach (var timestamp in timestamps)
            builder.Append(timestamp, "k"u8, "v"u8);

        var read = new List<long>();
        using var reader = RecordBatchReader.Read(builder.Build());
        foreach (var record in reader)
            read.Add(record.Timestamp);
        Assert.Equal(timestamps, read);
        Assert.Equal(long.MaxValue, new RecordBatchHeader(builder.Build().Span).MaxTimestamp);
    }

    [Fact]
    public void A_million_bytes_in_one_record_grow_the_buffer()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { InitialCapacity = 100 });
        var value = new byte[1_000_000];
        new Random(3).NextBytes(value);
        builder.Append(1, "k"u8, value);

        using var reader = RecordBatchReader.Read(builder.Build());
        Assert.True(reader.TryRead(out var record));
        Assert.True(record.Value!.Value.Span.SequenceEqual(value));
    }

    internal static void AppendGoldenRecords(RecordBatchBuilder builder)
    {
        builder.Append(
            1_700_000_000_000,
            "key-1"u8,
            "value-1 value-1 value-1 value-1"u8,
            [new RecordHeader("h1", HeaderOne), new RecordHeader("h2", null)]);
        builder.Append(1_700_000_000_500, null, Encoding.UTF8.GetBytes("no key"));
        builder.Append(1_699_999_999_000, Encoding.UTF8.GetBytes("tombstone"), null);
        builder.Append(1_700_000_000_123, ReadOnlySpan<byte>.Empty, ReadOnlySpan<byte>.Empty);
    }
}
