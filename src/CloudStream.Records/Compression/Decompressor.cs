using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>
/// Decompresses piece by piece, so that what comes out need never lie in memory as a whole. Opened and closed by its
/// <see cref="CompressionCodec"/>, which keeps a few for reuse. Not thread-safe.
/// </summary>
internal abstract class Decompressor : IDisposable
{
    /// <summary>The least room that <see cref="Read"/> can work with, in bytes.</summary>
    public const int MinRoomBytes = 16;

    private ReadOnlySequence<byte> _rest;
    private long _reserved;

    /// <summary>Most plain bytes that are accepted.</summary>
    protected long MaxBytes { get; private set; }

    /// <summary>Plain bytes that were read so far.</summary>
    protected long Total { get; private set; }

    /// <summary>What is left of the compressed bytes.</summary>
    protected ReadOnlySequence<byte> Rest => _rest;

    /// <summary>Begins with other data.</summary>
    /// <param name="source">Compressed bytes, complete; must not change until the end.</param>
    /// <param name="maxBytes">Most plain bytes that are accepted.</param>
    /// <param name="reservedBytes">The memory that decompressing may take: what the codec said before.</param>
    /// <exception cref="CompressedDataException">There are no bytes.</exception>
    public void Begin(in ReadOnlySequence<byte> source, long maxBytes, long reservedBytes)
    {
        (_rest, _reserved, MaxBytes, Total) = (source, reservedBytes, maxBytes, 0);
        if (source.IsEmpty)
            throw Damaged("there are no bytes");
        Start();
    }

    /// <summary>Reads the next plain bytes.</summary>
    /// <param name="plain">At least <see cref="MinRoomBytes"/>.</param>
    /// <returns>Bytes read; 0 when the data has come to its proper end.</returns>
    /// <exception cref="CompressedDataException">The bytes are damaged, cut off, or decompress to more than the limit.</exception>
    public int Read(Span<byte> plain)
    {
        var read = ReadSome(plain);
        Total += read;
        return Total > MaxBytes ? throw TooLarge(MaxBytes) : read;
    }

    /// <summary>Forgets the data; false when that cannot be done and this is to be disposed.</summary>
    public bool TryReset()
    {
        _rest = default;
        return TryStop();
    }

    public abstract void Dispose();

    public static CompressedDataException TooLarge(long maxBytes) =>
        new($"The data decompresses to more than the limit of {maxBytes} bytes.") { IsTooLarge = true };

    protected abstract CompressionType Type { get; }

    protected abstract void Start();

    protected abstract int ReadSome(Span<byte> plain);

    protected abstract bool TryStop();

    /// <summary>The next compressed bytes that lie in one piece; empty only when there are none.</summary>
    protected ReadOnlySpan<byte> Input
    {
        get
        {
            while (_rest.FirstSpan.IsEmpty && !_rest.IsEmpty)
                _rest = _rest.Slice(_rest.GetPosition(0));
            return _rest.FirstSpan;
        }
    }

    protected void Consume(long bytes) => _rest = _rest.Slice(bytes);

    /// <summary>A part of the data needs this much memory, which must have been reserved for it.</summary>
    protected void Need(long bytes)
    {
        if (bytes > _reserved)
            throw Damaged("a later frame needs more memory than the first");
    }

    protected CompressedDataException Damaged(string why, Exception? cause = null) =>
        new($"The {Type.ToString().ToLowerInvariant()} data is damaged: {why}.", cause);
}
