using System.Runtime.InteropServices;
using CloudStream.Storage.Objects;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>Bytes that pretend to lie in a file, and what pieces of them stand for.</summary>
internal sealed class BytesAsFile(byte[] bytes) : ObjectFile(new SafeFileHandle(-1, ownsHandle: false), 0, bytes.Length)
{
    /// <summary>Hears that somebody looks at the bytes.</summary>
    public Action? Scanned { get; init; }

    public override bool IsThere => true;

    public override ValueTask<bool> TryScanAsync(IFileScan scan, CancellationToken cancellationToken)
    {
        Scanned?.Invoke();
        scan.Add(bytes);
        return new(true);
    }

    public override ValueTask PrepareAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public static byte[] Read(ReadOnlyMemory<byte> piece) =>
        MemoryMarshal.TryGetMemoryManager<byte, BytesAsFile>(piece, out var file, out var start, out var length)
            ? file.Bytes[start..(start + length)]
            : piece.ToArray();

    private byte[] Bytes => bytes;
}
