using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests;

public sealed class RecordReaderTests
{
    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Batches_of_the_Java_client_are_read(CompressionType type) => GoldenRecords.AssertRead(GoldenBatches.Java(type));

    [Fact]
    public void The_batch_made_by_hand_is_read()
    {
        using var reader = RecordBatchReader.Read(GoldenBatches.ByHand);
        Assert.Equal(["0 1000000 k v", "1 1001000 null  h=x n=null"], GoldenRecords.Lines(reader));
    }

    [Fact]
    public void The_broker_time_stands_for_every_record() =>
        GoldenRecords.AssertRead(GoldenBatches.JavaLogAppendTime, logAppendTime: 1_800_000_000_000);

    [Fact]
    public void Offsets_count_from_the_base_offset()
    {
        var first = GoldenBatches.ByHand;
        var second = GoldenBatches.JavaZstd;
        RecordBatchLayout.SetBaseOffset(first, 5_000_000_000);
        RecordBatchLayout.SetBaseOffset(second, 5_000_000_002);
        using var reader = RecordBatchReader.Read((byte[])[.. first, .. second]);

        Assert.Equal(-1, reader.NextOffset);
        var offsets = new List<long>();
        foreach (var record in reader)
            offsets.Add(record.Offset);

        Assert.Equal([5_000_000_000, 5_000_000_001, 5_000_000_002, 5_000_000_003, 5_000_000_004, 5_000_000_005], offsets);
        Assert.Equal(5_000_000_006, reader.NextOffset);
    }

    [Theory]
    [InlineData(long.MinValue, 6)]
    [InlineData(100, 6)]
    [InlineData(101, 5)]
    [InlineData(104, 2)]
    [InlineData(105, 1)]
    [InlineData(106, 0)]
    [InlineData(long.MaxValue, 0)]
    public void Records_before_the_wanted_offset_are_left_out(long fromOffset, int expected)
    {
        var first = GoldenBatches.JavaZstd;
        var second = GoldenBatches.ByHand;
        RecordBatchLayout.SetBaseOffset(first, 100);
        RecordBatchLayout.SetBaseOffset(second, 104);
        using var reader = RecordBatchReader.ReadFrom((byte[])[.. first, .. second], fromOffset);

        Assert.Equal(expected, GoldenRecords.Lines(reader).Count);
        Assert.Equal(106, reader.NextOffset);
    }

    [Fact]
    public void Nothing_holds_no_records()
    {
        using var reader = RecordBatchReader.Read(ReadOnlyMemory<byte>.Empty);
        Assert.False(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public void Headers_are_asked_for_when_wanted()
    {
        using var reader = RecordBatchReader.Read(GoldenBatches.JavaNone);
        Assert.True(reader.TryRead(out var record));

        Assert.Equal(2, record.HeaderCount);
        var headers = record.Headers.ToArray();
        Assert.Equal(("h1", "h2"), (headers[0].Key, headers[1].Key));
        Assert.True(headers[0].Value!.Value.Span.SequenceEqual("one"u8));
        Assert.Null(headers[1].Value);
        Assert.True(record.Headers.TryGetLast("h1", out var value));
        Assert.True(value!.Value.Span.SequenceEqual("one"u8));
        Assert.True(record.Headers.TryGetLast("h2", out value));
        Assert.Null(value);
        Assert.False(record.Headers.TryGetLast("h3", out _));

        Assert.True(reader.TryRead(out record));
        Assert.Empty(record.Headers.ToArray());
    }

    [Fact]
    public void Control_batches_are_passed_over_unless_asked_for()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { IsControl = true, BaseOffset = 4 });
        builder.Append(1, "\0\0\0\u0001"u8, "marker"u8);
        byte[] batches = [.. GoldenBatches.JavaNone, .. builder.Build().Span];

        using var data = RecordBatchReader.Read(batches);
        using var everything = RecordBatchReader.Read(batches, new RecordReaderOptions { IncludeControlBatches = true });

        Assert.Equal(4, GoldenRecords.Lines(data).Count);
        Assert.Equal(5, data.NextOffset);
        Assert.Equal(5, GoldenRecords.Lines(everything).Count);
    }

    [Fact]
    public void A_batch_that_compaction_has_emptied_holds_no_records_but_counts()
    {
        var empty = GoldenBatches.JavaZstd[..61];
        empty[11] = 49;
        empty[60] = 0;
        RecordBatchLayout.UpdateCrc(empty);
        using var reader = RecordBatchReader.Read((byte[])[.. empty, .. GoldenBatches.ByHand]);

        Assert.Equal(2, GoldenRecords.Lines(reader).Count);
        using var alone = RecordBatchReader.Read(empty);
        Assert.False(alone.TryRead(out _));
        Assert.Equal(4, alone.NextOffset);
    }

    [Fact]
    public void Records_of_earlier_batches_live_until_the_reader_is_disposed()
    {
        using var reader = RecordBatchReader.Read((byte[])[.. GoldenBatches.JavaZstd, .. Compressed("second"), .. Compressed("third")]);
        var records = new List<Record>();
        foreach (var record in reader)
            records.Add(record);

        Assert.Equal("0 1700000000000 key-1 value-1 value-1 value-1 value-1 h1=one h2=null", GoldenRecords.Line(records[0]));
        Assert.Equal("0 9 null second", GoldenRecords.Line(records[4]));
        Assert.Equal("0 9 null third", GoldenRecords.Line(records[5]));
    }

    [Fact]
    public void A_scan_reuses_its_buffer_and_a_copied_record_survives()
    {
        var options = new RecordReaderOptions { ReleasePassedBatches = true };
        using var reader = RecordBatchReader.Read(
            (byte[])[.. GoldenBatches.JavaZstd, .. Compressed("second"), .. GoldenBatches.ByHand], options);
        var copies = new List<Record>();
        foreach (var record in reader)
            copies.Add(record.Copy());

        Assert.Equal("0 1700000000000 key-1 value-1 value-1 value-1 value-1 h1=one h2=null", GoldenRecords.Line(copies[0]));
        Assert.Equal("2 1699999999000 tombstone null", GoldenRecords.Line(copies[2]));
        Assert.Equal("0 9 null second", GoldenRecords.Line(copies[4]));
        Assert.Equal("1 1001000 null  h=x n=null", GoldenRecords.Line(copies[6]));
    }

    [Fact]
    public void A_disposed_reader_refuses()
    {
        var reader = RecordBatchReader.Read(GoldenBatches.JavaZstd);
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.TryRead(out _));
    }

    [Fact]
    public void A_wrong_checksum_is_refused_unless_it_was_checked_before()
    {
        var batch = GoldenBatches.JavaNone;
        batch[17] ^= 1;

        using var strict = RecordBatchReader.Read(batch);
        var error = Assert.Throws<InvalidRecordBatchException>(() => strict.TryRead(out _));
        Assert.Equal("The record batch at byte 0 does not match its CRC-32C.", error.Message);
        using var trusting = RecordBatchReader.Read(batch, new RecordReaderOptions { VerifyCrc = false });
        Assert.True(trusting.TryRead(out _));
    }

    [Fact]
    public void The_error_names_the_batch_and_comes_again_while_the_batches_before_it_are_good()
    {
        var bad = GoldenBatches.JavaZstd;
        bad[70] ^= 0xFF;
        RecordBatchLayout.UpdateCrc(bad);
        using var reader = RecordBatchReader.Read((byte[])[.. GoldenBatches.ByHand, .. bad, .. GoldenBatches.ByHand]);

        Assert.True(reader.TryRead(out _));
        Assert.True(reader.TryRead(out _));
        for (var i = 0; i < 2; i++)
        {
            var error = Assert.Throws<InvalidRecordBatchException>(() => reader.TryRead(out _));
            Assert.Equal(85, error.Position);
            Assert.IsType<CompressedDataException>(error.InnerException);
        }

        Assert.Equal(2, reader.NextOffset);
    }

    private static byte[] Compressed(string value)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = CompressionType.Zstd });
        builder.Append(9, null, System.Text.Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }
}
