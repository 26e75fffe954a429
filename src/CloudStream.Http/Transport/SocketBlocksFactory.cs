using System.Buffers;
using CloudStream.Log.Memory;
using Microsoft.AspNetCore.Connections;

namespace CloudStream.Http.Transport;

/// <summary>Gives the server its memory. All of its queues have one pool: what one connection gives back, the next one takes.</summary>
internal sealed class SocketBlocksFactory : IMemoryPoolFactory<byte>
{
    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => SocketBlocks.Shared;
}
