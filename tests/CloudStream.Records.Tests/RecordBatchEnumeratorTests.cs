using System.Buffers.Binary;
using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests;

public sealed class RecordBatchEnumeratorTests
{
    [Fact]
    public void Consecutive_batches_are_walked_to_the_end()
    {
        byte[] batches = [.. GoldenBatches.JavaNone, .. GoldenBatches.JavaZstd, .. GoldenBatches.ByHand];
        var walk = new RecordBatchEnumerator(batches);

        Assert.True(walk.MoveNext());
        Assert.Equal((0, 154, CompressionType.None), (walk.CurrentStart, walk.CurrentBytes.Length, walk.Current.Compression));
        Assert.True(walk.MoveNext());
        Assert.Equal((154, 150, CompressionType.Zstd), (walk.CurrentStart, walk.CurrentBytes.Length, walk.Current.Compression));
        Assert.True(walk.MoveNext());
        Assert.Equal((304, 85), (walk.CurrentStart, walk.CurrentBytes.Length));
        Assert.Equal(BatchReadStatus.Ok, walk.Status);
        Assert.False(walk.MoveNext());
        Assert.Equal(BatchReadStatus.End, walk.Status);
        Assert.False(walk.MoveNext());
        Assert.Equal(BatchReadStatus.End, walk.Status);
    }

    [Fact]
    public void No_bytes_are_the_end()
    {
        var walk = new RecordBatchEnumerator([]);
        Assert.False(walk.MoveNext());
        Assert.Equal(BatchReadStatus.End, walk.Status);
    }

    [Fact]
    public void A_second_batch_cut_off_anywhere_is_incomplete_and_the_first_one_stands()
    {
        byte[] batches = [.. GoldenBatches.ByHand, .. GoldenBatches.JavaNone];
        for (var length = 86; length < batches.Length; length++)
        {
            var walk = new RecordBatchEnumerator(batches.AsSpan(0, length));
            Assert.True(walk.MoveNext());
            Assert.False(walk.MoveNext());
            Assert.Equal((BatchReadStatus.Incomplete, 85), (walk.Status, walk.CurrentStart));
        }
    }

    [Theory]
    [InlineData(int.MinValue, BatchReadStatus.BadLength)]
    [InlineData(-1, BatchReadStatus.BadLength)]
    [InlineData(0, BatchReadStatus.BadLength)]
    [InlineData(48, BatchReadStatus.BadLength)]
    [InlineData(49, BatchReadStatus.Ok)]
    [InlineData(73, BatchReadStatus.Ok)]
    [InlineData(74, BatchReadStatus.Incomplete)]
    [InlineData(int.MaxValue - 12, BatchReadStatus.Incomplete)]
    [InlineData(int.MaxValue - 11, BatchReadStatus.BadLength)]
    [InlineData(int.MaxValue, BatchReadStatus.BadLength)]
    public void The_length_decides(int length, BatchReadStatus status)
    {
        var batch = GoldenBatches.ByHand;
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), length);
        var walk = new RecordBatchEnumerator(batch);

        Assert.Equal(status == BatchReadStatus.Ok, walk.MoveNext());
        Assert.Equal(status, walk.Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(255)]
    public void Other_formats_are_refused(byte magic)
    {
        var batch = GoldenBatches.ByHand;
        batch[16] = magic;
        var walk = new RecordBatchEnumerator(batch);

        Assert.False(walk.MoveNext());
        Assert.Equal(BatchReadStatus.BadMagic, walk.Status);
    }
}
