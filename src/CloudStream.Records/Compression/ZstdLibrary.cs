namespace CloudStream.Records.Compression;

/// <summary>
/// What the codec calls of Zstandard's C interface (zstd.h, 1.4 and later): by the system's library or by a port of it to .NET, which has
/// the same functions. Contexts belong to the library that made them. Thread-safe; a context is not.
/// </summary>
internal abstract unsafe class ZstdLibrary
{
    /// <summary>ZSTD_reset_session_only.</summary>
    public const int ResetSession = 1;

    /// <summary>What does the work.</summary>
    public abstract string Name { get; }

    public abstract nint CreateCompressor();

    public abstract void FreeCompressor(nint context);

    public abstract nuint SizeOfCompressor(nint context);

    public abstract nuint CompressBound(nuint sourceBytes);

    public abstract nuint Compress(nint context, byte* target, nuint targetBytes, byte* source, nuint sourceBytes, int level);

    public abstract nint CreateDecompressor();

    public abstract void FreeDecompressor(nint context);

    public abstract nuint SizeOfDecompressor(nint context);

    public abstract nuint ResetDecompressor(nint context, int what);

    public abstract nuint Decompress(nint context, Buffer* output, Buffer* input);

    public abstract bool IsError(nuint code);

    public abstract string ErrorName(nuint code);

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer, which have one shape.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential)]
    public struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }
}
