using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests;

public sealed class RecordBatchHeaderTests
{
    [Fact]
    public void Every_field_is_read_from_its_place()
    {
        var header = new RecordBatchHeader(GoldenBatches.Hex(
            "0102030405060708" + "00000100" + "0A0B0C0D" + "02" + "DEADBEEF" + "007C" + "00000009" + "1112131415161718" + "2122232425262728"
            + "3132333435363738" + "4142" + "51525354" + "0000000A"));

        Assert.Equal(0x0102030405060708, header.BaseOffset);
        Assert.Equal(256, header.BatchLength);
        Assert.Equal(268, header.TotalBytes);
        Assert.Equal(0x0A0B0C0D, header.PartitionLeaderEpoch);
        Assert.Equal(2, header.Magic);
        Assert.Equal(0xDEADBEEF, header.Crc);
        Assert.Equal(0x7C, header.Attributes);
        Assert.Equal(CompressionType.Zstd, header.Compression);
        Assert.Equal(TimestampType.LogAppendTime, header.TimestampType);
        Assert.True(header.IsTransactional);
        Assert.True(header.IsControl);
        Assert.True(header.HasDeleteHorizon);
        Assert.Equal(9, header.LastOffsetDelta);
        Assert.Equal(0x0102030405060711, header.LastOffset);
        Assert.Equal(0x0102030405060712, header.NextOffset);
        Assert.Equal(0x1112131415161718, header.BaseTimestamp);
        Assert.Equal(0x2122232425262728, header.MaxTimestamp);
        Assert.Equal(0x3132333435363738, header.ProducerId);
        Assert.Equal(0x4142, header.ProducerEpoch);
        Assert.Equal(0x51525354, header.BaseSequence);
        Assert.Equal(0x5152535D, header.LastSequence);
        Assert.Equal(10, header.RecordCount);
        Assert.True(header.IsIdempotent);
    }

    [Fact]
    public void A_plain_batch_of_the_Java_client_has_no_marks()
    {
        var header = new RecordBatchHeader(GoldenBatches.JavaNone);

        Assert.Equal(CompressionType.None, header.Compression);
        Assert.Equal(TimestampType.CreateTime, header.TimestampType);
        Assert.False(header.IsTransactional);
        Assert.False(header.IsControl);
        Assert.False(header.HasDeleteHorizon);
        Assert.False(header.IsIdempotent);
        Assert.Equal(-1, header.LastSequence);
        Assert.Equal(1_700_000_000_000, header.BaseTimestamp);
        Assert.Equal(1_700_000_000_500, header.MaxTimestamp);
        Assert.Equal(154, header.TotalBytes);
    }

    [Fact]
    public void Sequences_wrap_to_zero_after_the_largest()
    {
        var header = new RecordBatchHeader(GoldenBatches.JavaTransactional);

        Assert.Equal(int.MaxValue - 1, header.BaseSequence);
        Assert.Equal(1, header.LastSequence);
    }

    [Fact]
    public void A_buffer_shorter_than_a_header_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RecordBatchHeader(new byte[60]).BaseOffset);

    [Fact]
    public void Assigning_offset_and_epoch_keeps_the_checksum()
    {
        var batch = GoldenBatches.JavaNone;

        RecordBatchLayout.SetBaseOffset(batch, 1234567890123);
        RecordBatchLayout.SetPartitionLeaderEpoch(batch, 77);

        var header = new RecordBatchHeader(batch);
        Assert.Equal((1234567890123, 77), (header.BaseOffset, header.PartitionLeaderEpoch));
        Assert.True(RecordBatchValidator.HasValidCrc(batch));
    }

    [Fact]
    public void Stamping_the_log_append_time_gives_the_bytes_that_Java_writes()
    {
        var batch = GoldenBatches.JavaNone;

        RecordBatchLayout.SetMaxTimestampLogAppend(batch, 1_800_000_000_000);

        Assert.Equal(Convert.ToHexString(GoldenBatches.JavaLogAppendTime), Convert.ToHexString(batch));
    }

    [Fact]
    public void Stamping_leaves_what_follows_the_batch_alone()
    {
        byte[] batches = [.. GoldenBatches.JavaNone, .. GoldenBatches.ByHand];

        RecordBatchLayout.SetMaxTimestampLogAppend(batches, 1_800_000_000_000);

        Assert.Equal([.. GoldenBatches.JavaLogAppendTime, .. GoldenBatches.ByHand], batches);
    }
}
