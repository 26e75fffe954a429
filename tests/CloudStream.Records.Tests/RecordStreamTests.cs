using System.Text;
using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests;

/// <summary>A batch that is decompressed as it is read gives the records that one gives which is decompressed as a whole.</summary>
public sealed class RecordStreamTests
{
    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Its_records_are_those_of_the_whole_whatever_room_it_is_given(CompressionType type)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var batch = Batch(type, random, records: random.Next(1, 200));
            var expected = new List<string>();
            using (var whole = RecordBatchReader.Read(batch))
            {
                while (whole.TryRead(out var record))
                    expected.Add(Text(record));
            }

            Assert.Equal(expected, Read(batch, n => new byte[n + random.Next(3) * random.Next(200)]));

            // In the same memory from its beginning, where the records before are not wanted any more.
            var room = new byte[100_000];
            Assert.Equal(expected, Read(batch, _ => room));
        }
    }

    [Fact]
    public void What_expands_to_more_than_the_limit_says_so_after_the_records_before()
    {
        var batch = Batch(CompressionType.Gzip, new Random(1), records: 2000);
        using var stream = new RecordStream(batch, 20_000);
        var seen = 0;
        var thrown = Assert.Throws<InvalidRecordBatchException>(() =>
        {
            for (RecordStreamStatus status; (status = stream.Read(out _)) != RecordStreamStatus.End;)
            {
                seen += status == RecordStreamStatus.Record ? 1 : 0;
                if (status == RecordStreamStatus.NeedsRoom)
                    stream.Continue(new byte[stream.NeededBytes + 2000]);
            }
        });
        Assert.True(thrown.IsTooLarge);
        Assert.InRange(seen, 1, 1999);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Zstd)]
    public void Whatever_the_bytes_are_it_ends_with_records_or_a_complaint(CompressionType type)
    {
        var random = new Random(2);
        var good = Batch(type, random, records: 50);
        for (var i = 0; i < 2000; i++)
        {
            var bad = good.ToArray();
            bad[random.Next(RecordBatchLayout.HeaderBytes, bad.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Assert.InRange(Read(bad, n => new byte[n]).Count, 0, 50);
            }
            catch (InvalidRecordBatchException)
            {
                // It says so.
            }
        }
    }

    private static List<string> Read(byte[] batch, Func<int, byte[]> room)
    {
        var read = new List<string>();
        using var stream = new RecordStream(batch, 10_000_000);
        while (true)
        {
            switch (stream.Read(out var record))
            {
                case RecordStreamStatus.Record:
                    read.Add(Text(record));
                    break;
                case RecordStreamStatus.NeedsRoom:
                    stream.Continue(room((int)stream.NeededBytes));
                    break;
                default:
                    return read;
            }
        }
    }

    private static byte[] Batch(CompressionType type, Random random, int records)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = type });
        for (var i = 0; i < records; i++)
        {
            var value = new byte[random.Next(i % 40 == 0 ? 50_000 : 100)];
            random.NextBytes(value.AsSpan(0, value.Length / 2));
            var key = random.Next(3) == 0 ? null : Encoding.UTF8.GetBytes($"key {i}");
            builder.Append(1000 + i, key, value, i % 5 == 0 ? [new RecordHeader("h", Encoding.UTF8.GetBytes($"{i}"))] : []);
        }

        return builder.Build().ToArray();
    }

    private static string Text(in Record record) =>
        $"{record.Offset} {record.Timestamp} {Hex(record.Key)} {Hex(record.Value)} {string.Join(' ', record.Headers.ToArray().Select(
            h => $"{h.Key}={Hex(h.Value)}"))}";

    private static string Hex(ReadOnlyMemory<byte>? bytes) => bytes is { } some ? Convert.ToHexString(some.Span) : "null";
}
