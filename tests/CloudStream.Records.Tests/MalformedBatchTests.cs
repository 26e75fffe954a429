using System.Buffers.Binary;
using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests;

/// <summary>Whatever the bytes are: the declared exception, or records; never another exception, never memory without bound.</summary>
public sealed class MalformedBatchTests
{
    private static readonly RecordReaderOptions Trusting = new()
    {
        VerifyCrc = false,
        MaxDecompressedBytes = 100_000,
        IncludeControlBatches = true
    };

    public static TheoryData<CompressionType> Types =>
        [CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_changed_byte_ends_in_records_or_the_declared_error(CompressionType type)
    {
        var batch = GoldenBatches.Java(type);
        var refused = 0;
        for (var i = 0; i < batch.Length; i++)
        {
            var original = batch[i];
            foreach (var mask in (byte[])[0x01, 0x02, 0x40, 0x80, 0x7F, 0xFF])
            {
                batch[i] = (byte)(original ^ mask);
                refused += ReadAll(batch) ? 0 : 1;
                RecordBatchValidator.Validate(batch, 1_000_000);
            }

            batch[i] = original;
        }

        Assert.InRange(refused, 100, 6 * batch.Length);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Truncated_anywhere_is_refused(CompressionType type)
    {
        var batch = GoldenBatches.Java(type);
        for (var length = 1; length < batch.Length; length++)
        {
            Assert.False(ReadAll(batch[..length]));
            if (length < 61)
                continue;

            // The same with a length field that hides it.
            var shortened = batch[..length];
            BinaryPrimitives.WriteInt32BigEndian(shortened.AsSpan(8), length - 12);
            Assert.False(ReadAll(shortened));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Random_bytes_after_a_good_header_are_refused(CompressionType type)
    {
        var random = new Random((int)type);
        var batch = GoldenBatches.Java(type);
        for (var i = 0; i < 2000; i++)
        {
            random.NextBytes(batch.AsSpan(61));
            Assert.False(ReadAll(batch));
        }
    }

    [Fact]
    public void Random_bytes_alone_are_refused()
    {
        var random = new Random(9);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            Assert.False(ReadAll(bytes));
        }
    }

    // The records of the batch made by hand (24 bytes from position 61 on) with one byte changed each.
    [Theory]
    [InlineData(61, 0x01, "is cut off or malformed at the length of record 0")] // length -1
    [InlineData(61, 0x0E, "is malformed inside record 0")] // one byte short: no header count
    [InlineData(61, 0x12, "is malformed inside record 0")] // one byte long
    [InlineData(61, 0xFE, "is cut off or malformed at the length of record 0")] // more than there is
    [InlineData(64, 0x01, "has offset delta -1 in record 0, outside 0 to 1")]
    [InlineData(64, 0x04, "has offset delta 2 in record 0, outside 0 to 1")]
    [InlineData(64, 0x02, "has offset delta 1 in record 1, outside 2 to 1")]
    [InlineData(65, 0x03, "is malformed inside record 0")] // key length -2
    [InlineData(65, 0x7E, "is malformed inside record 0")] // key longer than the record
    [InlineData(67, 0x03, "is malformed inside record 0")] // value length -2
    [InlineData(67, 0x7E, "is malformed inside record 0")]
    [InlineData(69, 0x01, "is malformed inside record 0")] // header count -1
    [InlineData(69, 0x02, "is malformed inside record 0")] // a header that is not there
    [InlineData(77, 0x06, "is malformed inside record 1")] // header count 3 of 2
    [InlineData(77, 0x02, "is malformed inside record 1")] // header count 1 of 2
    [InlineData(78, 0x01, "is malformed inside record 1")] // header key null
    [InlineData(84, 0x03, "is malformed inside record 1")] // header value length -2
    [InlineData(60, 0x01, "has 15 bytes after its last record")]
    [InlineData(60, 0x03, "has last offset delta 1, too small for 3 records")]
    [InlineData(57, 0xFF, "has record count -16777214")]
    [InlineData(60, 0x00, "has 24 bytes but no records")]
    [InlineData(22, 0x05, "has unknown compression type 5")]
    public void The_error_says_what_is_wrong(int position, byte value, string complaint)
    {
        var batch = GoldenBatches.ByHand;
        batch[position] = value;
        using var reader = RecordBatchReader.Read(batch, Trusting);

        var error = Assert.Throws<InvalidRecordBatchException>(() => GoldenRecords.Lines(reader));

        Assert.Equal($"The record batch at byte 0 {complaint}.", error.Message);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Zstd)]
    public void A_record_count_that_lies_allocates_nothing_for_it(CompressionType type)
    {
        var batch = GoldenBatches.Java(type);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), int.MaxValue);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), int.MaxValue - 1);
        using var reader = RecordBatchReader.Read(batch, Trusting);

        var error = Assert.Throws<InvalidRecordBatchException>(() => reader.TryRead(out _));

        Assert.Equal("The record batch at byte 0 claims 2147483647 records, which its 93 bytes cannot hold.", error.Message);
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void A_batch_that_decompresses_past_the_limit_is_refused(CompressionType type)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });
        builder.Append(1, null, new byte[5_000_000]);
        var batch = builder.Build();
        Assert.InRange(batch.Length, 62, 500_000);
        using var reader = RecordBatchReader.Read(batch, new RecordReaderOptions { MaxDecompressedBytes = 1_000_000 });

        var error = Assert.Throws<InvalidRecordBatchException>(() => reader.TryRead(out _));

        Assert.Equal(
            "The record batch at byte 0 cannot be decompressed: The data decompresses to more than the limit of 1000000 bytes.",
            error.Message);
    }

    // True if the bytes were read to the end, false if they were refused; anything else fails the test.
    private static bool ReadAll(byte[] batch)
    {
        using var reader = RecordBatchReader.Read(batch, Trusting);
        try
        {
            GoldenRecords.Lines(reader);
            return true;
        }
        catch (InvalidRecordBatchException)
        {
            return false;
        }
    }
}
