using System.Buffers;

namespace CloudStream.Client.Transport;

/// <summary>Fetched batches in an array of the shared pool, given back once by whoever holds the reply last.</summary>
internal sealed class FetchReply(byte[] array, int length, long highWatermark, long logStartOffset, long nextOffset) : IDisposable
{
    private byte[]? _array = array;

    public ReadOnlyMemory<byte> Bytes => _array.AsMemory(0, length);

    public int Length => length;

    /// <summary>-1 where the broker did not say.</summary>
    public long HighWatermark => highWatermark;

    /// <summary>-1 where the broker did not say.</summary>
    public long LogStartOffset => logStartOffset;

    /// <summary>Where the broker says that reading goes on.</summary>
    public long NextOffset => nextOffset;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is { } returned)
            ArrayPool<byte>.Shared.Return(returned);
    }
}
