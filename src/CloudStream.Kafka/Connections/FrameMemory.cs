using CloudStream.Kafka.Face;
using CloudStream.Log.Memory;

namespace CloudStream.Kafka.Connections;

/// <summary>
/// What the request that a connection receives holds of the broker's budget, and whether it comes on. A small request, and one that is all
/// here, takes nothing. Used by the loop that receives; <see cref="IsDue"/> and <see cref="IsWaiting"/> by any thread.
/// </summary>
internal sealed class FrameMemory(KafkaFace face) : IDisposable
{
    private readonly TransferLease _lease = face.Broker.Memory.Receiving.Open();
    private long _markedBytes;
    private long _markedAt;
    private bool _isWaiting;

    /// <summary>Whether the connection waits for its turn, and is not read meanwhile.</summary>
    public bool IsWaiting => Volatile.Read(ref _isWaiting);

    /// <summary>Whether the request holds memory.</summary>
    public bool IsHeld => _lease.Bytes > 0;

    /// <summary>Whether it is time to look how much of the request has come.</summary>
    public bool IsDue =>
        Volatile.Read(ref _markedAt) is > 0 and var since && face.Time.GetElapsedTime(since) >= face.Options.MaxReceiveStall;

    /// <summary>Takes the memory of a request of which some is missing; returns when it may be received.</summary>
    public async ValueTask TakeAsync(int bytes, long received, CancellationToken ending)
    {
        if (bytes <= Math.Max(_lease.Bytes, TransferBudget.SmallBytes))
            return;
        Volatile.Write(ref _isWaiting, true);
        try
        {
            await _lease.TakeAsync(bytes, ending);
        }
        finally
        {
            Volatile.Write(ref _isWaiting, false);
        }

        Mark(received);
    }

    /// <summary>Notes how much of the request is here; false when it does not come on.</summary>
    public bool HasProgress(long received)
    {
        if (!IsHeld)
            return true;
        if (received - _markedBytes >= TransferBudget.ProgressBytes)
            Mark(received);
        return !IsDue;
    }

    /// <summary>The request is taken, and its memory given back.</summary>
    public void GiveBack()
    {
        Volatile.Write(ref _markedAt, 0);
        _lease.Shrink(0);
    }

    public void Dispose() => GiveBack();

    private void Mark(long received)
    {
        _markedBytes = received;
        Volatile.Write(ref _markedAt, Math.Max(1, face.Time.GetTimestamp()));
    }
}
