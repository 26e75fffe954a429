using System.Buffers;
using System.Collections.Concurrent;

namespace CloudStream.Records.Compression;

/// <summary>
/// One of Kafka's compression types, reading what every Kafka client writes and writing what every Kafka client reads. Thread-safe.
/// </summary>
public abstract class CompressionCodec
{
    private const int PieceBytes = 16 * 1024;

    private static readonly int s_maxIdle = Environment.ProcessorCount;

    private static readonly CompressionCodec[] Codecs =
    [
        new NoneCodec(),
        new GzipCodec(),
        new SnappyCodec(),
        NativeCodecLibrary.Lz4.IsInUse ? new Lz4Codec() : new ManagedLz4Codec(),
        new ZstdCodec(NativeCodecLibrary.Zstd.IsInUse ? new SystemZstd() : new ManagedZstd()),
    ];

    private readonly ConcurrentQueue<Decompressor> _idle = new();

    /// <summary>
    /// The codec of a type. LZ4 and Zstandard are the system's libraries where they are installed, otherwise .NET code: none is missing.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    public static CompressionCodec For(CompressionType type)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)type, (int)CompressionType.Zstd, nameof(type));
        return Codecs[(int)type];
    }

    public abstract CompressionType Type { get; }

    /// <summary>What does the work here: the file name of a system library, or <c>managed</c> for what comes along.</summary>
    public virtual string Implementation => "managed";

    /// <summary>Appends the compressed form of <paramref name="source"/>, which may be empty.</summary>
    /// <param name="source">Plain bytes.</param>
    /// <param name="destination">Where the compressed bytes go.</param>
    /// <param name="level">The codec's own scale (<see cref="RecordBatchOptions.CompressionLevel"/>); null is its default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The codec has no such level.</exception>
    public abstract void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null);

    /// <summary>
    /// Appends the plain form of <paramref name="source"/>. Memory grows with what was really decompressed, never with what the data
    /// claims.
    /// </summary>
    /// <param name="source">Compressed bytes, complete.</param>
    /// <param name="destination">Where the plain bytes go; after an error it holds a part of them.</param>
    /// <param name="maxBytes">Most plain bytes that are accepted.</param>
    /// <exception cref="CompressedDataException">The bytes are damaged, cut off, or decompress to more than the limit.</exception>
    public virtual void Decompress(ReadOnlyMemory<byte> source, IBufferWriter<byte> destination, int maxBytes)
    {
        var whole = new ReadOnlySequence<byte>(source);
        var decompressor = Open(whole, maxBytes, MemoryFor(whole));
        try
        {
            for (int read; (read = decompressor.Read(destination.GetSpan(PieceBytes)[..PieceBytes])) > 0;)
                destination.Advance(read);
        }
        finally
        {
            Close(decompressor);
        }
    }

    /// <summary>Begins to decompress as a stream; <see cref="Close"/> it.</summary>
    /// <param name="source">Compressed bytes, complete; must not change until it is closed.</param>
    /// <param name="maxBytes">Most plain bytes that are accepted.</param>
    /// <param name="memoryBytes">What <see cref="MemoryFor"/> said.</param>
    /// <exception cref="CompressedDataException">There are no bytes.</exception>
    internal Decompressor Open(in ReadOnlySequence<byte> source, long maxBytes, long memoryBytes)
    {
        if (!_idle.TryDequeue(out var decompressor))
            decompressor = CreateDecompressor();
        try
        {
            decompressor.Begin(source, maxBytes, memoryBytes);
            return decompressor;
        }
        catch
        {
            Close(decompressor);
            throw;
        }
    }

    internal void Close(Decompressor decompressor)
    {
        // Making one costs more than a small batch does. Two threads may pass the check at once: the limit is only about memory.
        if (decompressor.TryReset() && _idle.Count < s_maxIdle)
            _idle.Enqueue(decompressor);
        else
            decompressor.Dispose();
    }

    /// <summary>
    /// Bytes of memory that decompressing some data as a stream takes, as its headers claim; what is handed out is not counted.
    /// </summary>
    internal abstract long MemoryFor(in ReadOnlySequence<byte> source);

    private protected abstract Decompressor CreateDecompressor();

    private protected static int CheckLevel(int? level, int defaultLevel, int highest)
    {
        var value = level ?? defaultLevel;
        if (level is < 1 || value > highest)
            throw new ArgumentOutOfRangeException(nameof(level), value, $"The compression level must be between 1 and {highest}.");
        return value;
    }
}
