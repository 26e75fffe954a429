using System.Buffers;
using System.Text;
using CloudStream.Records.Compression;

namespace CloudStream.Records.Tests.Compression;

public sealed class CodecTests
{
    public static TheoryData<CompressionType> Types =>
        [CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    public static TheoryData<CompressionType> Compressing =>
        [CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    [Theory]
    [MemberData(nameof(Types))]
    public void What_is_compressed_decompresses(CompressionType type)
    {
        foreach (var length in (int[])[0, 1, 2, 59, 60, 61, 255, 256, 257, 65_535, 65_536, 65_537, 200_000, 3_000_000])
        {
            AssertRoundTrip(type, new byte[length]);
            AssertRoundTrip(type, Noise(length));
            AssertRoundTrip(type, Words(length));
        }
    }

    [Theory]
    [MemberData(nameof(Compressing))]
    public void Text_becomes_smaller(CompressionType type) => Assert.InRange(Compress(type, Words(100_000)).Length, 100, 50_000);

    [Theory]
    [InlineData(CompressionType.Gzip, 9)]
    [InlineData(CompressionType.Lz4, 17)]
    [InlineData(CompressionType.Zstd, 22)]
    public void Levels_go_from_one_to_the_codecs_highest(CompressionType type, int highest)
    {
        var words = Words(20_000);
        foreach (var level in (int[])[1, highest])
            Assert.Equal(words, Decompress(type, Compress(type, words, level), words.Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => Compress(type, words, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Compress(type, words, highest + 1));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void The_limit_is_inclusive(CompressionType type)
    {
        var words = Words(70_000);
        var compressed = Compress(type, words);

        Assert.Equal(words, Decompress(type, compressed, 70_000));
        foreach (var limit in (int[])[0, 1, 100, 69_999])
        {
            var error = Assert.Throws<CompressedDataException>(() => Decompress(type, compressed, limit));
            Assert.True(error.IsTooLarge);
            Assert.Equal($"The data decompresses to more than the limit of {limit} bytes.", error.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Compressing))]
    public void No_bytes_are_no_compressed_data(CompressionType type) =>
        Assert.Throws<CompressedDataException>(() => Decompress(type, [], 100));

    [Theory]
    [MemberData(nameof(Compressing))]
    public void Cut_off_data_is_refused_at_every_length(CompressionType type)
    {
        var compressed = Compress(type, Words(300));
        for (var length = 0; length < compressed.Length; length++)
        {
            var error = Assert.Throws<CompressedDataException>(() => Decompress(type, compressed[..length], 1000));
            Assert.False(error.IsTooLarge);
            Assert.StartsWith($"The {type.ToString().ToLowerInvariant()} data is damaged: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Compressing))]
    public void After_damaged_data_the_codec_still_works(CompressionType type)
    {
        var compressed = Compress(type, Words(100_000));
        for (var i = 0; i < 20; i++)
        {
            Assert.Throws<CompressedDataException>(() => Decompress(type, compressed[..(compressed.Length / 2)], 100_000));
            AssertRoundTrip(type, Words(1000));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Many_threads_may_use_a_codec(CompressionType type)
    {
        var inputs = Enumerable.Range(0, 8).Select(i => Words(10_000 + i)).ToArray();
        await Parallel.ForEachAsync(inputs, (input, _) =>
        {
            for (var i = 0; i < 20; i++)
                AssertRoundTrip(type, input);
            return ValueTask.CompletedTask;
        });
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Several_members_or_frames_are_one_text(CompressionType type)
    {
        byte[] both = [.. Compress(type, "one "u8.ToArray()), .. Compress(type, "two"u8.ToArray())];
        Assert.Equal("one two"u8.ToArray(), Decompress(type, both, 100));
    }

    [Fact]
    public void An_unknown_type_has_no_codec() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CompressionCodec.For((CompressionType)5));

    // Old Java clients refuse dependent blocks: the frame descriptor must be version 1 with independent blocks of at most 64 KiB.
    [Fact]
    public void Lz4_frames_have_independent_blocks_of_64_KiB_and_no_content_size()
    {
        var frame = Compress(CompressionType.Lz4, Words(200_000));
        Assert.Equal("04224D186040", Convert.ToHexString(frame.AsSpan(0, 6)));
    }

    internal static byte[] Compress(CompressionType type, byte[] plain, int? level = null)
    {
        var target = new ArrayBufferWriter<byte>();
        CompressionCodec.For(type).Compress(plain, target, level);
        return target.WrittenSpan.ToArray();
    }

    internal static byte[] Decompress(CompressionType type, byte[] compressed, int maxBytes)
    {
        using var target = new PooledBuffer(16);
        CompressionCodec.For(type).Decompress(compressed, target, maxBytes);
        return target.WrittenSpan.ToArray();
    }

    private static void AssertRoundTrip(CompressionType type, byte[] plain) =>
        Assert.True(plain.AsSpan().SequenceEqual(Decompress(type, Compress(type, plain), plain.Length)), $"{type}, {plain.Length} bytes");

    internal static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    internal static byte[] Words(int length)
    {
        var random = new Random(length);
        var text = new StringBuilder();
        while (text.Length < length)
            text.Append(random.Next(1000)).Append(" bottles of beer, ");
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
