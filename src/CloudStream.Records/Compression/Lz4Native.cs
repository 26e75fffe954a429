using System.Runtime.InteropServices;

namespace CloudStream.Records.Compression;

/// <summary>The part of liblz4's frame API (lz4frame.h, 1.8 and later) that the codec uses.</summary>
internal static unsafe partial class Lz4Native
{
    /// <summary>LZ4F_VERSION, the API version that the header fixes.</summary>
    public const uint ApiVersion = 100;

    private const string Library = NativeCodecLibrary.Lz4ImportName;

    /// <summary>LZ4F_preferences_t with its LZ4F_frameInfo_t unfolded.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Preferences
    {
        public int BlockSizeId;
        public int BlockMode;
        public int ContentChecksum;
        public int FrameType;
        public ulong ContentSize;
        public uint DictionaryId;
        public int BlockChecksum;
        public int CompressionLevel;
        public uint AutoFlush;
        public uint FavorDecompressionSpeed;
        public uint Reserved0;
        public uint Reserved1;
        public uint Reserved2;
    }

    [LibraryImport(Library)]
    public static partial nuint LZ4F_compressFrameBound(nuint sourceBytes, Preferences* preferences);

    [LibraryImport(Library)]
    public static partial nuint LZ4F_compressFrame(
        byte* target, nuint targetBytes, byte* source, nuint sourceBytes, Preferences* preferences);

    [LibraryImport(Library)]
    public static partial nuint LZ4F_createDecompressionContext(out nint context, uint version);

    [LibraryImport(Library)]
    public static partial nuint LZ4F_freeDecompressionContext(nint context);

    [LibraryImport(Library)]
    public static partial void LZ4F_resetDecompressionContext(Lz4DecompressionContext context);

    [LibraryImport(Library)]
    public static partial nuint LZ4F_decompress(
        Lz4DecompressionContext context, byte* target, ref nuint targetBytes, byte* source, ref nuint sourceBytes, nint options);

    [LibraryImport(Library)]
    public static partial uint LZ4F_isError(nuint code);

    [LibraryImport(Library)]
    private static partial nint LZ4F_getErrorName(nuint code);

    public static string ErrorName(nuint code) => Marshal.PtrToStringUTF8(LZ4F_getErrorName(code)) ?? "unknown error";
}
