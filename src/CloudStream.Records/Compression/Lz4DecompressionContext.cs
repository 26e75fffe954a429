using System.Runtime.InteropServices;

namespace CloudStream.Records.Compression;

/// <summary>Owns an LZ4F_dctx.</summary>
internal sealed class Lz4DecompressionContext() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    public static Lz4DecompressionContext Create()
    {
        var context = new Lz4DecompressionContext();
        var code = Lz4Native.LZ4F_createDecompressionContext(out var handle, Lz4Native.ApiVersion);
        if (Lz4Native.LZ4F_isError(code) != 0)
            throw new InvalidOperationException($"liblz4 cannot make a decompression context: {Lz4Native.ErrorName(code)}.");
        context.SetHandle(handle);
        return context;
    }

    protected override bool ReleaseHandle() => Lz4Native.LZ4F_freeDecompressionContext(handle) == 0;
}
