using System.Buffers;

namespace CloudStream.Http.Requests;

/// <summary>Pooled memory for what must be decoded before it can be appended; lives until <see cref="Reset"/>. Not thread-safe.</summary>
internal sealed class ScratchMemory : IDisposable
{
    private const int BlockBytes = 16 * 1024;

    private readonly List<byte[]> _full = [];
    private byte[] _block = [];
    private int _used;

    /// <summary>Memory of exactly this size.</summary>
    public Memory<byte> Take(int bytes)
    {
        if (bytes > _block.Length - _used)
            NextBlock(bytes);
        var memory = _block.AsMemory(_used, bytes);
        _used += bytes;
        return memory;
    }

    /// <summary>Takes all memory back; what was handed out must not be used any more.</summary>
    public void Reset()
    {
        foreach (var block in _full)
            ArrayPool<byte>.Shared.Return(block);
        _full.Clear();
        _used = 0;
    }

    public void Dispose()
    {
        Reset();
        if (_block.Length > 0)
            ArrayPool<byte>.Shared.Return(_block);
        _block = [];
    }

    private void NextBlock(int bytes)
    {
        if (_block.Length > 0)
            _full.Add(_block);
        _block = ArrayPool<byte>.Shared.Rent(Math.Max(bytes, BlockBytes));
        _used = 0;
    }
}
