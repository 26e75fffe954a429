using System.Buffers.Binary;
using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests;

public sealed class RecordBatchValidatorTests
{
    private const int Limit = 1_000_000;

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Batches_of_the_Java_client_are_valid(CompressionType type)
    {
        var validation = RecordBatchValidator.Validate(GoldenBatches.Java(type), Limit);

        Assert.Equal(BatchValidationStatus.Ok, validation.Status);
        Assert.True(validation.IsValid);
        Assert.Equal("", validation.Detail);
        Assert.Equal((1, 4, 1_700_000_000_500), (validation.BatchCount, validation.RecordCount, validation.MaxTimestamp));
    }

    [Fact]
    public void Totals_cover_all_batches()
    {
        byte[] batches = [.. GoldenBatches.ByHand, .. GoldenBatches.JavaNone, .. GoldenBatches.JavaTransactional];
        var validation = RecordBatchValidator.Validate(batches, Limit);

        Assert.True(validation.IsValid);
        Assert.Equal((3, 10, 1_700_000_000_500, 393),
            (validation.BatchCount, validation.RecordCount, validation.MaxTimestamp, validation.Bytes));
    }

    [Fact]
    public void Nothing_is_not_a_batch()
    {
        var validation = RecordBatchValidator.Validate([], Limit);
        Assert.Equal(BatchValidationStatus.Empty, validation.Status);
        Assert.Equal("The record batch at byte 0 is missing: there must be at least one.", validation.Detail);
    }

    [Fact]
    public void Base_offset_and_leader_epoch_do_not_matter()
    {
        var batch = GoldenBatches.JavaNone;
        RecordBatchLayout.SetBaseOffset(batch, -99);
        RecordBatchLayout.SetPartitionLeaderEpoch(batch, 12345);
        Assert.True(RecordBatchValidator.Validate(batch, Limit).IsValid);
    }

    // kafkajs writes epoch 0 and sequence 0 beside producer id -1.
    [Fact]
    public void Without_a_producer_id_epoch_and_sequence_do_not_matter()
    {
        var batch = Changed(b =>
        {
            BinaryPrimitives.WriteInt16BigEndian(b.AsSpan(51), 0);
            BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(53), 0);
        });
        Assert.True(RecordBatchValidator.Validate(batch, Limit).IsValid);
    }

    [Fact]
    public void The_size_limit_is_inclusive_and_named()
    {
        Assert.True(RecordBatchValidator.Validate(GoldenBatches.JavaNone, 154).IsValid);
        var validation = RecordBatchValidator.Validate(GoldenBatches.JavaNone, 153);
        Assert.Equal(BatchValidationStatus.TooLarge, validation.Status);
        Assert.Equal("The record batch at byte 0 has 154 bytes; message.max.bytes is 153.", validation.Detail);
    }

    [Fact]
    public void A_batch_that_is_cut_off_and_too_large_is_too_large()
    {
        var batch = GoldenBatches.JavaNone;
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), 2_000_000);
        Assert.Equal(BatchValidationStatus.TooLarge, RecordBatchValidator.Validate(batch, Limit).Status);
    }

    [Fact]
    public void The_bad_one_of_several_batches_is_named_and_those_before_it_are_counted()
    {
        var bad = GoldenBatches.JavaNone;
        bad[100] ^= 1;
        var validation = RecordBatchValidator.Validate([.. GoldenBatches.ByHand, .. bad], Limit);

        Assert.Equal((BatchValidationStatus.CrcMismatch, 85), (validation.Status, validation.Position));
        Assert.Equal((1, 2, 85), (validation.BatchCount, validation.RecordCount, validation.Bytes));
        Assert.StartsWith("The record batch at byte 85 carries CRC-32C 0xC10D6072, but its bytes give 0x", validation.Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_cut_off_anywhere_is_incomplete()
    {
        var batch = GoldenBatches.JavaNone;
        for (var length = 1; length < batch.Length; length++)
            Assert.Equal(BatchValidationStatus.Incomplete, RecordBatchValidator.Validate(batch.AsSpan(0, length), Limit).Status);
        Assert.Equal(
            "The record batch at byte 0 is cut off: 154 bytes are needed and 100 are there.",
            RecordBatchValidator.Validate(batch.AsSpan(0, 100), Limit).Detail);
    }

    // Field position, width, value; what the validator says of it.
    [Theory]
    [InlineData(8, 4, 48, BatchValidationStatus.BadLength, "has length 48; at least 49 is possible")]
    [InlineData(16, 1, 1, BatchValidationStatus.UnsupportedMagic, "has magic 1; only 2 is supported")]
    [InlineData(21, 2, 0x05, BatchValidationStatus.UnknownCompression, "has compression type 5; the highest known is 4")]
    [InlineData(21, 2, 0x07, BatchValidationStatus.UnknownCompression, "has compression type 7; the highest known is 4")]
    [InlineData(21, 2, 0x20, BatchValidationStatus.ControlBatch, "is a control batch, which only brokers may write")]
    [InlineData(21, 2, 0x10, BatchValidationStatus.BadProducerState, "(found -1, at least 0 is needed)")]
    [InlineData(23, 4, 2, BatchValidationStatus.OffsetDeltaMismatch, "has last offset delta 2; its record count asks for 3")]
    [InlineData(23, 4, -1, BatchValidationStatus.OffsetDeltaMismatch, "has last offset delta -1; its record count asks for 3")]
    [InlineData(43, 8, -2, BatchValidationStatus.BadProducerState, "(found -2, at least -1 is needed)")]
    [InlineData(43, 8, 9, BatchValidationStatus.BadProducerState, "(found -1, at least 0 is needed)")]
    [InlineData(57, 4, 0, BatchValidationStatus.NoRecords, "has record count 0; at least 1 is needed")]
    [InlineData(57, 4, -1, BatchValidationStatus.NoRecords, "has record count -1; at least 1 is needed")]
    [InlineData(57, 4, 14, BatchValidationStatus.RecordCountTooLarge, "claims 14 records; its bytes hold at most 13")]
    [InlineData(57, 4, int.MaxValue, BatchValidationStatus.RecordCountTooLarge, "claims 2147483647 records; its bytes hold at most 13")]
    public void Each_wrong_field_is_named(int position, int width, long value, BatchValidationStatus status, string complaint)
    {
        var batch = GoldenBatches.JavaNone;
        Write(batch, position, width, value);
        if (position >= 21)
            RecordBatchLayout.UpdateCrc(batch);

        var validation = RecordBatchValidator.Validate(batch, Limit);

        Assert.Equal(status, validation.Status);
        Assert.EndsWith(complaint + ".", validation.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(51, 2, -1)]
    [InlineData(53, 4, -1)]
    [InlineData(53, 4, int.MinValue)]
    public void An_idempotent_batch_needs_epoch_and_sequence(int position, int width, long value)
    {
        var batch = GoldenBatches.JavaTransactional;
        Write(batch, position, width, value);
        RecordBatchLayout.UpdateCrc(batch);
        Assert.Equal(BatchValidationStatus.BadProducerState, RecordBatchValidator.Validate(batch, Limit).Status);
    }

    [Fact]
    public void A_compressed_batch_without_bytes_holds_no_record()
    {
        var batch = GoldenBatches.JavaZstd[..61];
        Write(batch, 8, 4, 49);
        RecordBatchLayout.UpdateCrc(batch);
        Assert.Equal(BatchValidationStatus.RecordCountTooLarge, RecordBatchValidator.Validate(batch, Limit).Status);
    }

    [Fact]
    public void Any_flipped_bit_under_the_checksum_is_found()
    {
        var batch = GoldenBatches.JavaLz4;
        for (var i = 21 * 8; i < batch.Length * 8; i++)
        {
            batch[i / 8] ^= (byte)(1 << (i % 8));
            Assert.Equal(BatchValidationStatus.CrcMismatch, RecordBatchValidator.Validate(batch, Limit).Status);
            batch[i / 8] ^= (byte)(1 << (i % 8));
        }
    }

    private static byte[] Changed(Action<byte[]> change)
    {
        var batch = GoldenBatches.JavaNone;
        change(batch);
        RecordBatchLayout.UpdateCrc(batch);
        return batch;
    }

    private static void Write(byte[] batch, int position, int width, long value)
    {
        for (var i = 0; i < width; i++)
            batch[position + i] = (byte)(value >> (8 * (width - 1 - i)));
    }
}
