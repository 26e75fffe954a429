using System.Buffers;
using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests;

/// <summary>The scanner sees what the reader reads, however the bytes are cut, and complains where the reader does.</summary>
public sealed class RecordScannerTests
{
    private const int MaxBytes = 1_000_000;

    private static readonly RecordReaderOptions s_trusting = new()
    {
        VerifyCrc = false,
        MaxDecompressedBytes = MaxBytes,
        IncludeControlBatches = true
    };

    public static TheoryData<CompressionType> Types =>
        [CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    [Theory]
    [MemberData(nameof(Types))]
    public void It_sees_the_records_that_the_reader_reads(CompressionType type)
    {
        foreach (var batch in (byte[][])[GoldenBatches.Java(type), Batch(type, 1, 0), Batch(type, 1000, 50), Batch(type, 3, 200_000)])
        {
            foreach (var pieceBytes in (int[])[int.MaxValue, 4096, 61, 7, 1])
            {
                if (pieceBytes > 1000 || batch.Length < 10_000)
                    Assert.Equal(Read(batch), Scan(Pieces.Of(batch, pieceBytes)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Where_a_byte_is_wrong_it_complains_as_the_reader_does(CompressionType type)
    {
        var batch = GoldenBatches.Java(type);
        for (var i = RecordBatchLayout.HeaderBytes; i < batch.Length; i++)
        {
            var original = batch[i];
            foreach (var mask in (byte[])[0x01, 0x02, 0x40, 0x80, 0x7F, 0xFF])
            {
                batch[i] = (byte)(original ^ mask);
                Assert.Equal(Read(batch), Scan(Pieces.Of(batch, 13)));
            }

            batch[i] = original;
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Where_a_batch_is_cut_it_complains(CompressionType type)
    {
        var batch = GoldenBatches.Java(type);
        for (var length = RecordBatchLayout.HeaderBytes; length < batch.Length; length++)
            Assert.Null(Scan(Pieces.Of(batch[..length], 5)));
    }

    [Fact]
    public void A_key_that_is_empty_is_a_key()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(1, "a"u8, "v"u8);
        builder.Append(1, (byte[]?)null, "v"u8);
        builder.Append(1, ""u8.ToArray(), "v"u8);
        Assert.Equal([true, false, true], Scan(new(builder.Build()))!.Select(static r => r.HasKey));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_walk_allocates_the_same_for_ten_records_and_for_a_thousand(CompressionType type)
    {
        var (few, many) = (new ReadOnlySequence<byte>(Batch(type, 10, 20)), new ReadOnlySequence<byte>(Batch(type, 1000, 20)));
        Assert.Equal(AllocatedBy(few), AllocatedBy(many));
        Assert.Equal(0, AllocatedBy(many));
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void A_batch_that_expands_to_a_hundred_times_is_never_held(CompressionType type)
    {
        var batch = new ReadOnlySequence<byte>(Batch(type, 1, 60_000_000));
        Assert.InRange(RecordScanner.MemoryFor(batch), 1, 4 * 1024 * 1024);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var records = new RecordScanner(batch, int.MaxValue);
        Assert.True(records.MoveNext());
        Assert.False(records.MoveNext());
        Assert.Null(records.Complaint);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void A_snappy_block_says_what_memory_it_takes()
    {
        var batch = new ReadOnlySequence<byte>(Batch(CompressionType.Snappy, 1, 1_000_000));
        Assert.InRange(RecordScanner.MemoryFor(batch), 1_000_000, 1_100_000);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void More_than_the_limit_is_too_large(CompressionType type)
    {
        using var records = new RecordScanner(new(Batch(type, 2, 100_000)), 150_000);
        while (records.MoveNext())
        {
        }

        Assert.Equal(type != CompressionType.None, records.IsTooLarge);
    }

    // What is seen of each record, null for a batch that is not sound.
    private static List<(long Offset, long Timestamp, bool HasKey)>? Scan(ReadOnlySequence<byte> batch)
    {
        var seen = new List<(long, long, bool)>();
        using var records = new RecordScanner(batch, MaxBytes);
        while (records.MoveNext())
            seen.Add((records.Offset, records.Timestamp, records.HasKey));
        return records.Complaint is null ? seen : null;
    }

    private static List<(long Offset, long Timestamp, bool HasKey)>? Read(byte[] batch)
    {
        var seen = new List<(long, long, bool)>();
        try
        {
            using var records = RecordBatchReader.Read(batch, s_trusting);
            while (records.TryRead(out var record))
                seen.Add((record.Offset, record.Timestamp, record.Key is not null));
            return seen;
        }
        catch (InvalidRecordBatchException)
        {
            return null;
        }
    }

    private static long AllocatedBy(ReadOnlySequence<byte> batch)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            using (var records = new RecordScanner(batch, MaxBytes))
            {
                while (records.MoveNext())
                {
                }
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static byte[] Batch(CompressionType type, int records, int valueBytes)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });
        for (var i = 0; i < records; i++)
            builder.Append(1000 + i, i % 3 == 0 ? null : "key"u8.ToArray(), new byte[valueBytes]);
        return builder.Build().ToArray();
    }
}
