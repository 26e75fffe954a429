using System.Runtime.InteropServices;

namespace CloudStream.Records.Compression;

/// <summary>Owns a ZSTD_DCtx.</summary>
internal sealed class ZstdDecompressionContext() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    public static ZstdDecompressionContext Create()
    {
        var context = new ZstdDecompressionContext();
        context.SetHandle(ZstdNative.ZSTD_createDCtx());
        return context.IsInvalid ? throw new InvalidOperationException("libzstd cannot make a decompression context.") : context;
    }

    protected override bool ReleaseHandle() => ZstdNative.ZSTD_freeDCtx(handle) == 0;
}
