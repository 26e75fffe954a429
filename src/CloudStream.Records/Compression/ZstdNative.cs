using System.Runtime.InteropServices;

namespace CloudStream.Records.Compression;

/// <summary>The part of libzstd (zstd.h, 1.4 and later) that the codec uses.</summary>
internal static unsafe partial class ZstdNative
{
    /// <summary>ZSTD_reset_session_only.</summary>
    public const int ResetSession = 1;

    private const string Library = NativeCodecLibrary.ZstdImportName;

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer, which have one shape.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library)]
    public static partial nint ZSTD_createCCtx();

    [LibraryImport(Library)]
    public static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_sizeof_CCtx(ZstdCompressionContext context);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_compressBound(nuint sourceBytes);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_compressCCtx(
        ZstdCompressionContext context, byte* target, nuint targetBytes, byte* source, nuint sourceBytes, int level);

    [LibraryImport(Library)]
    public static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    public static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_sizeof_DCtx(ZstdDecompressionContext context);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_DCtx_reset(ZstdDecompressionContext context, int what);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_decompressStream(ZstdDecompressionContext context, Buffer* output, Buffer* input);

    [LibraryImport(Library)]
    public static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    private static partial nint ZSTD_getErrorName(nuint code);

    public static string ErrorName(nuint code) => Marshal.PtrToStringUTF8(ZSTD_getErrorName(code)) ?? "unknown error";
}
