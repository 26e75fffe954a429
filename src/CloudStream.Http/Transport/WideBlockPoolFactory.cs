using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace CloudStream.Http.Transport;

/// <summary>Gives Kestrel its memory. All of the server's pools are one: what one connection gives back, the next one takes.</summary>
internal sealed class WideBlockPoolFactory : IMemoryPoolFactory<byte>, IDisposable
{
    private readonly WideBlockPool _pool = new();

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => _pool;

    /// <inheritdoc/>
    public void Dispose() => _pool.Dispose();
}
