using System.Runtime.InteropServices;

namespace CloudStream.Records.Compression;

/// <summary>Owns a ZSTD_CCtx.</summary>
internal sealed class ZstdCompressionContext() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    public static ZstdCompressionContext Create()
    {
        var context = new ZstdCompressionContext();
        context.SetHandle(ZstdNative.ZSTD_createCCtx());
        return context.IsInvalid ? throw new InvalidOperationException("libzstd cannot make a compression context.") : context;
    }

    protected override bool ReleaseHandle() => ZstdNative.ZSTD_freeCCtx(handle) == 0;
}
