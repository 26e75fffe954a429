using ZstdSharp.Unsafe;

namespace CloudStream.Records.Compression;

/// <summary>ZstdSharp: libzstd's own sources as C#.</summary>
internal sealed unsafe class ManagedZstd : ZstdLibrary
{
    public override string Name => "managed";

    public override nint CreateCompressor() => (nint)Methods.ZSTD_createCCtx();

    public override void FreeCompressor(nint context) => Methods.ZSTD_freeCCtx((ZSTD_CCtx_s*)context);

    public override nuint SizeOfCompressor(nint context) => Methods.ZSTD_sizeof_CCtx((ZSTD_CCtx_s*)context);

    public override nuint CompressBound(nuint sourceBytes) => Methods.ZSTD_compressBound(sourceBytes);

    public override nuint Compress(nint context, byte* target, nuint targetBytes, byte* source, nuint sourceBytes, int level) =>
        Methods.ZSTD_compressCCtx((ZSTD_CCtx_s*)context, target, targetBytes, source, sourceBytes, level);

    public override nint CreateDecompressor() => (nint)Methods.ZSTD_createDCtx();

    public override void FreeDecompressor(nint context) => Methods.ZSTD_freeDCtx((ZSTD_DCtx_s*)context);

    public override nuint SizeOfDecompressor(nint context) => Methods.ZSTD_sizeof_DCtx((ZSTD_DCtx_s*)context);

    public override nuint ResetDecompressor(nint context, int what) =>
        Methods.ZSTD_DCtx_reset((ZSTD_DCtx_s*)context, (ZSTD_ResetDirective)what);

    public override nuint Decompress(nint context, Buffer* output, Buffer* input)
    {
        var target = new ZSTD_outBuffer_s { dst = output->Start, size = output->Size, pos = output->Position };
        var source = new ZSTD_inBuffer_s { src = input->Start, size = input->Size, pos = input->Position };
        var wanted = Methods.ZSTD_decompressStream((ZSTD_DCtx_s*)context, &target, &source);
        (output->Position, input->Position) = (target.pos, source.pos);
        return wanted;
    }

    public override bool IsError(nuint code) => Methods.ZSTD_isError(code);

    public override string ErrorName(nuint code) => Methods.ZSTD_getErrorName(code);
}
