using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>
/// One of Kafka's compression types, reading what every Kafka client writes and writing what every Kafka client reads. Thread-safe.
/// </summary>
public abstract class CompressionCodec
{
    private static readonly CompressionCodec[] Codecs =
    [
        new NoneCodec(),
        new GzipCodec(),
        new SnappyCodec(),
        new Lz4Codec(NativeCodecLibrary.Lz4),
        new ZstdCodec(NativeCodecLibrary.Zstd),
    ];

    /// <summary>The codec of a type. Cheap: a system library is loaded when the codec is first used.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    public static CompressionCodec For(CompressionType type)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)type, (int)CompressionType.Zstd, nameof(type));
        return Codecs[(int)type];
    }

    public abstract CompressionType Type { get; }

    /// <summary>Whether the codec can work here; false when it needs a system library that is not installed.</summary>
    public virtual bool IsAvailable => true;

    /// <summary>Appends the compressed form of <paramref name="source"/>, which may be empty.</summary>
    /// <param name="source">Plain bytes.</param>
    /// <param name="destination">Where the compressed bytes go.</param>
    /// <param name="level">The codec's own scale (<see cref="RecordBatchOptions.CompressionLevel"/>); null is its default.</param>
    /// <exception cref="MissingCodecLibraryException">The codec's system library is not installed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The codec has no such level.</exception>
    public abstract void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null);

    /// <summary>
    /// Appends the plain form of <paramref name="source"/>. Memory grows with what was really decompressed, never with what the data claims.
    /// </summary>
    /// <param name="source">Compressed bytes, complete.</param>
    /// <param name="destination">Where the plain bytes go; after an error it holds a part of them.</param>
    /// <param name="maxBytes">Most plain bytes that are accepted.</param>
    /// <exception cref="CompressedDataException">The bytes are damaged, cut off, or decompress to more than the limit.</exception>
    /// <exception cref="MissingCodecLibraryException">The codec's system library is not installed.</exception>
    public abstract void Decompress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int maxBytes);

    private protected static int CheckLevel(int? level, int defaultLevel, int highest)
    {
        var value = level ?? defaultLevel;
        if (level is < 1 || value > highest)
            throw new ArgumentOutOfRangeException(nameof(level), value, $"The compression level must be between 1 and {highest}.");
        return value;
    }

    private protected CompressedDataException Damaged(string why) => new($"The {Name} data is damaged: {why}.");

    private string Name => Type.ToString().ToLowerInvariant();
}
