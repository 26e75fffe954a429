namespace CloudStream.Kafka.Connections;

/// <summary>
/// Bytes that the answers of one connection may keep alive until they are sent. One waits for room, another gives it back.
/// </summary>
internal sealed class AnswerBudget(long maxBytes)
{
    private readonly Lock _lock = new();
    private long _reserved;
    private TaskCompletionSource? _room;

    /// <summary>
    /// Sets bytes aside, waiting while others have too many; what is larger than the limit gets through when nothing else is out.
    /// </summary>
    public async ValueTask ReserveAsync(long bytes)
    {
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (_reserved == 0 || _reserved + bytes <= maxBytes)
                {
                    _reserved += bytes;
                    return;
                }

                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
            }

            await room;
        }
    }

    /// <summary>Gives bytes back.</summary>
    public void Release(long bytes)
    {
        if (bytes == 0)
            return;
        TaskCompletionSource? room;
        lock (_lock)
        {
            _reserved -= bytes;
            (room, _room) = (_room, null);
        }

        room?.TrySetResult();
    }
}
