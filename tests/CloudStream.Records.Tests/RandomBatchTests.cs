using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests;

/// <summary>Random records go in and come out; the seed is the compression type's number.</summary>
public sealed class RandomBatchTests
{
    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Whatever_is_appended_is_read(CompressionType type)
    {
        var random = new Random((int)type);
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type, BaseOffset = 1000 });
        for (var round = 0; round < 60; round++)
        {
            builder.Reset();
            var expected = Enumerable.Range(0, random.Next(1, 60)).Select(i => RandomRecord(random, 1000 + i)).ToList();
            foreach (var record in expected)
                builder.Append(record.Timestamp, record.Key, record.Value, record.Headers);
            var batch = builder.Build();

            Assert.True(RecordBatchValidator.Validate(batch.Span, int.MaxValue).IsValid);
            AssertReads(expected, batch);
        }
    }

    private static void AssertReads(List<Expected> expected, ReadOnlyMemory<byte> batch)
    {
        using var reader = RecordBatchReader.Read(batch);
        foreach (var record in expected)
        {
            Assert.True(reader.TryRead(out var read));
            Assert.Equal((record.Offset, record.Timestamp), (read.Offset, read.Timestamp));
            AssertSame(record.Key, read.Key);
            AssertSame(record.Value, read.Value);
            var headers = read.Headers.ToArray();
            Assert.Equal(record.Headers.Select(h => h.Key), headers.Select(h => h.Key));
            for (var i = 0; i < headers.Length; i++)
                AssertSame(record.Headers[i].Value, headers[i].Value);
        }

        Assert.False(reader.TryRead(out _));
    }

    private static Expected RandomRecord(Random random, long offset) => new(
        offset,
        random.NextInt64(-1, 2_000_000_000_000),
        RandomBytes(random, 40),
        RandomBytes(random, random.Next(10) == 0 ? 20_000 : 200),
        Enumerable.Range(0, random.Next(4)).Select(
            i => new RecordHeader(new string('ü', random.Next(90)) + i, RandomBytes(random, 100))).ToArray());

    private static ReadOnlyMemory<byte>? RandomBytes(Random random, int maxLength)
    {
        if (random.Next(5) == 0)
            return null;
        var bytes = new byte[random.Next(maxLength)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void AssertSame(ReadOnlyMemory<byte>? expected, ReadOnlyMemory<byte>? read)
    {
        Assert.Equal(expected is null, read is null);
        Assert.True(expected.GetValueOrDefault().Span.SequenceEqual(read.GetValueOrDefault().Span));
    }

    private sealed record Expected(
        long Offset, long Timestamp, ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Value, RecordHeader[] Headers);
}
