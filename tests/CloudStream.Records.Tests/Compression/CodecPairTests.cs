using System.Buffers;
using CloudStream.Records.Compression;
using static CloudStream.Records.Tests.Compression.CodecTests;

namespace CloudStream.Records.Tests.Compression;

/// <summary>What the system's libraries and the managed codecs make of the same bytes is the same, whoever wrote them.</summary>
public sealed class CodecPairTests
{
    private const int MaxBytes = 100_000;
    private const string Damaged = "damaged";

    public static TheoryData<CompressionType> Types => [CompressionType.Lz4, CompressionType.Zstd];

    [Theory]
    [MemberData(nameof(Types))]
    public void Each_decompresses_what_the_other_compressed(CompressionType type)
    {
        var (system, managed) = Pair(type);
        foreach (var length in (int[])[0, 1, 2, 12, 13, 64, 65_535, 65_536, 65_537, 1_000_000])
        {
            foreach (var plain in (byte[][])[new byte[length], Noise(length), Words(length)])
            {
                Assert.True(plain.AsSpan().SequenceEqual(Decompressed(system, Compressed(managed, plain), length)), $"{length} bytes");
                Assert.True(plain.AsSpan().SequenceEqual(Decompressed(managed, Compressed(system, plain), length)), $"{length} bytes");
            }
        }
    }

    [Theory]
    [InlineData(CompressionType.Lz4, 17)]
    [InlineData(CompressionType.Zstd, 19)]
    public void Each_level_of_one_is_read_by_the_other(CompressionType type, int highest)
    {
        var (system, managed) = Pair(type);
        var words = Words(70_000);
        for (var level = 1; level <= highest; level++)
        {
            Assert.Equal(words, Decompressed(system, Compressed(managed, words, level), words.Length));
            Assert.Equal(words, Decompressed(managed, Compressed(system, words, level), words.Length));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void They_compress_about_equally_well(CompressionType type)
    {
        var (system, managed) = Pair(type);
        var words = Words(500_000);
        foreach (var level in (int[])[1, 3, 9, 12])
        {
            double ratio = (double)Compressed(managed, words, level).Length / Compressed(system, words, level).Length;
            Assert.InRange(ratio, 0.9, 1.1);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void They_refuse_the_same_cut_bytes_and_read_the_same_from_the_others(CompressionType type)
    {
        var (system, managed) = Pair(type);
        foreach (var original in Originals(type))
        {
            for (var length = 0; length < original.Length; length++)
                AssertAlike(system, managed, original[..length]);
        }
    }

    // What both take has the same length. Its content is defined only where a checksum goes with it: LZ4 has no checks of its own, and
    // releases of Zstandard differ in how soon they notice.
    [Theory]
    [MemberData(nameof(Types))]
    public void They_refuse_the_same_changed_bytes(CompressionType type)
    {
        var (system, managed) = Pair(type);
        foreach (var original in Originals(type))
        {
            var isChecked = HasChecksum(type, original);
            foreach (var changed in Changed(original))
            {
                var (bySystem, byManaged) = (Outcome(system, changed), Outcome(managed, changed));
                if (type == CompressionType.Lz4)
                    Assert.Equal(bySystem.Length, byManaged.Length);
                if (isChecked && bySystem != Damaged && byManaged != Damaged)
                    Assert.Equal(bySystem, byManaged);
            }
        }
    }

    // The data refers to 0 bytes back, which is invalid and not refused: CVE-2025-66566 of another LZ4 library.
    [Fact]
    public void Damaged_LZ4_data_shows_nothing_of_what_was_decompressed_before()
    {
        var codec = new ManagedLz4Codec();
        var secret = new byte[60_000];
        secret.AsSpan().Fill((byte)'!');
        var compressedSecret = Compressed(codec, secret);
        for (var literals = 1; literals < 15; literals++)
        {
            for (var matched = 4; matched < 18; matched++)
            {
                byte[] block =
                [
                    (byte)(literals << 4 | (matched - 4)), .. Words(literals), 0, 0, // so many bytes, then so many from 0 bytes back
                    0x50, .. "zzzzz"u8
                ];
                byte[] frame = [0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, (byte)block.Length, 0, 0, 0, .. block, 0, 0, 0, 0];
                Assert.Equal(secret, Decompressed(codec, compressedSecret, secret.Length));

                var plain = Decompressed(codec, frame, 100);

                Assert.Equal(literals + matched + 5, plain.Length);
                Assert.DoesNotContain((byte)'!', plain);
            }
        }
    }

    [Fact]
    public void All_that_an_LZ4_frame_may_have_is_read_by_both()
    {
        var (system, managed) = Pair(CompressionType.Lz4);
        foreach (var plain in (byte[][])[[], Words(1), Words(400), Words(300_000), Noise(200_000), new byte[9_000_000]])
        {
            foreach (var frame in Lz4Frames.All(plain))
            {
                Assert.True(plain.AsSpan().SequenceEqual(Decompressed(system, frame, plain.Length)));
                Assert.True(plain.AsSpan().SequenceEqual(Decompressed(managed, frame, plain.Length)));
            }
        }
    }

    [Fact]
    public void What_an_LZ4_reader_must_pass_over_is_passed_over_by_both()
    {
        var (system, managed) = Pair(CompressionType.Lz4);
        byte[] skipped = [0x57, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        foreach (var codec in (CompressionCodec[])[system, managed])
        {
            byte[] frame = Compressed(codec, Words(100));
            Assert.Equal((byte[])[.. Words(100), .. Words(100)], Decompressed(codec, [.. skipped, .. frame, .. skipped, .. frame], 200));
            Assert.Throws<CompressedDataException>(() => Decompressed(codec, [.. frame, .. skipped[..^1]], 200));
        }
    }

    [Fact]
    public void A_wrong_checksum_of_an_LZ4_header_is_refused_by_both()
    {
        var (system, managed) = Pair(CompressionType.Lz4);
        foreach (var codec in (CompressionCodec[])[system, managed])
        {
            var frame = Compressed(codec, Words(100));
            frame[6] ^= 1;
            Assert.Throws<CompressedDataException>(() => Decompressed(codec, frame, 100));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Bytes_may_come_in_pieces(CompressionType type)
    {
        var (system, managed) = Pair(type);
        var words = Words(150_000);
        foreach (var codec in (CompressionCodec[])[system, managed])
        {
            foreach (var pieceBytes in (int[])[1, 7, 4096, 65_536])
                Assert.Equal(words, Streamed(codec, Pieces.Of(Compressed(codec, words), pieceBytes), 999));
        }
    }

    private static byte[][] Originals(CompressionType type)
    {
        if (type == CompressionType.Lz4)
            return [.. Lz4Frames.All(Words(400)), Compressed(new ManagedLz4Codec(), Words(3_000))];
        using var checking = new ZstdSharp.Compressor();
        checking.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        var system = new ZstdCodec(new SystemZstd());
        return
        [
            checking.Wrap(Words(400)).ToArray(), checking.Wrap(Words(3_000)).ToArray(), Compressed(system, Words(3_000)),
            [.. Compressed(system, Words(20)), .. Compressed(system, [])],
        ];
    }

    private static bool HasChecksum(CompressionType type, byte[] frame) => (frame[4] & (type == CompressionType.Lz4 ? 0x14 : 0x04)) != 0;

    private static IEnumerable<byte[]> Changed(byte[] original)
    {
        var random = new Random(7);
        for (var i = 0; i < original.Length; i++)
        {
            foreach (var mask in (byte[])[0x01, 0x02, 0x08, 0x40, 0x80, 0xFF, (byte)random.Next(1, 256)])
            {
                var changed = original.ToArray();
                changed[i] ^= mask;
                yield return changed;
            }
        }
    }

    private static void AssertAlike(CompressionCodec system, CompressionCodec managed, byte[] compressed)
    {
        var (bySystem, byManaged) = (Outcome(system, compressed), Outcome(managed, compressed));
        Assert.True(bySystem == byManaged, $"system: {bySystem}; managed: {byManaged}; of {Convert.ToHexString(compressed)}");
    }

    private static string Outcome(CompressionCodec codec, byte[] compressed)
    {
        try
        {
            return Convert.ToHexString(Decompressed(codec, compressed, MaxBytes));
        }
        catch (CompressedDataException e)
        {
            return e.IsTooLarge ? "too large" : Damaged;
        }
    }

    private static byte[] Compressed(CompressionCodec codec, byte[] plain, int? level = null)
    {
        var target = new ArrayBufferWriter<byte>();
        codec.Compress(plain, target, level);
        return target.WrittenSpan.ToArray();
    }

    private static byte[] Decompressed(CompressionCodec codec, byte[] compressed, int maxBytes)
    {
        var target = new ArrayBufferWriter<byte>();
        codec.Decompress(compressed, target, maxBytes);
        return target.WrittenSpan.ToArray();
    }

    private static byte[] Streamed(CompressionCodec codec, ReadOnlySequence<byte> compressed, int roomBytes)
    {
        var target = new MemoryStream();
        var room = new byte[roomBytes];
        var decompressor = codec.Open(compressed, long.MaxValue, codec.MemoryFor(compressed));
        for (int read; (read = decompressor.Read(room)) > 0;)
            target.Write(room, 0, read);
        codec.Close(decompressor);
        return target.ToArray();
    }

    private static (CompressionCodec System, CompressionCodec Managed) Pair(CompressionType type)
    {
        var library = type == CompressionType.Lz4 ? NativeCodecLibrary.Lz4 : NativeCodecLibrary.Zstd;
        Assert.SkipUnless(library.IsPresent, $"{library.FileName} is not installed.");
        return type == CompressionType.Lz4
            ? (new Lz4Codec(), new ManagedLz4Codec())
            : (new ZstdCodec(new SystemZstd()), new ZstdCodec(new ManagedZstd()));
    }
}
