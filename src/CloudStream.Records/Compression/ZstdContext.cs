using System.Runtime.InteropServices;

namespace CloudStream.Records.Compression;

/// <summary>Owns a ZSTD_CCtx or a ZSTD_DCtx of a library.</summary>
internal sealed class ZstdContext : SafeHandle
{
    private readonly ZstdLibrary _library;
    private readonly bool _compresses;

    private ZstdContext(ZstdLibrary library, bool compresses, nint context)
        : base(0, ownsHandle: true)
    {
        (_library, _compresses) = (library, compresses);
        SetHandle(context);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>For the library's functions. Whoever calls one keeps this alive and to itself meanwhile.</summary>
    public nint Pointer => handle;

    public static ZstdContext Compressor(ZstdLibrary library) => Made(new(library, true, library.CreateCompressor()));

    public static ZstdContext Decompressor(ZstdLibrary library) => Made(new(library, false, library.CreateDecompressor()));

    protected override bool ReleaseHandle()
    {
        if (_compresses)
            _library.FreeCompressor(handle);
        else
            _library.FreeDecompressor(handle);
        return true;
    }

    private static ZstdContext Made(ZstdContext context) =>
        context.IsInvalid ? throw new InvalidOperationException("Zstandard cannot make a context.") : context;
}
