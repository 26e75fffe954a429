using System.Runtime.InteropServices;

namespace CloudStream.Records.Compression;

/// <summary>The system's libzstd.</summary>
internal sealed unsafe partial class SystemZstd : ZstdLibrary
{
    private const string Library = NativeCodecLibrary.ZstdImportName;

    public override string Name => NativeCodecLibrary.Zstd.FileName;

    public override nint CreateCompressor() => ZSTD_createCCtx();

    public override void FreeCompressor(nint context) => ZSTD_freeCCtx(context);

    public override nuint SizeOfCompressor(nint context) => ZSTD_sizeof_CCtx(context);

    public override nuint CompressBound(nuint sourceBytes) => ZSTD_compressBound(sourceBytes);

    public override nuint Compress(nint context, byte* target, nuint targetBytes, byte* source, nuint sourceBytes, int level) =>
        ZSTD_compressCCtx(context, target, targetBytes, source, sourceBytes, level);

    public override nint CreateDecompressor() => ZSTD_createDCtx();

    public override void FreeDecompressor(nint context) => ZSTD_freeDCtx(context);

    public override nuint SizeOfDecompressor(nint context) => ZSTD_sizeof_DCtx(context);

    public override nuint ResetDecompressor(nint context, int what) => ZSTD_DCtx_reset(context, what);

    public override nuint Decompress(nint context, Buffer* output, Buffer* input) => ZSTD_decompressStream(context, output, input);

    public override bool IsError(nuint code) => ZSTD_isError(code) != 0;

    public override string ErrorName(nuint code) => Marshal.PtrToStringUTF8(ZSTD_getErrorName(code)) ?? "unknown error";

    [LibraryImport(Library)]
    private static partial nint ZSTD_createCCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_sizeof_CCtx(nint context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_compressBound(nuint sourceBytes);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_compressCCtx(
        nint context, byte* target, nuint targetBytes, byte* source, nuint sourceBytes, int level);

    [LibraryImport(Library)]
    private static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_sizeof_DCtx(nint context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_DCtx_reset(nint context, int what);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_decompressStream(nint context, Buffer* output, Buffer* input);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    private static partial nint ZSTD_getErrorName(nuint code);
}
