using CloudStream.Log.Memory;

namespace CloudStream.Log.Chunks;

/// <summary>A chunk in pooled memory.</summary>
internal sealed class MemoryChunk : Chunk
{
    private readonly NativeBuffer _buffer;
    private ReadOnlyMemory<byte> _bytes;

    /// <summary>Takes over a pooled buffer of verified and patched batches.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="bytes">The batches, somewhere in it.</param>
    /// <param name="scan">What was found of them, all good.</param>
    /// <param name="location">What they are.</param>
    public MemoryChunk(NativeBuffer buffer, ReadOnlyMemory<byte> bytes, ChunkScan scan, ChunkLocation location)
        : base(scan, location, buffer.Length) => (_buffer, _bytes) = (buffer, bytes);

    /// <summary>The bytes of some batches.</summary>
    public ReadOnlyMemory<byte> BytesOf(int first, int end) => _bytes[StartOf(first)..StartOf(end)];

    /// <inheritdoc/>
    protected override void Free()
    {
        base.Free();
        _bytes = default;
        BufferPool.Shared.Return(_buffer);
    }
}
