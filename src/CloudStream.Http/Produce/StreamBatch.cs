using CloudStream.Log.Calls;

namespace CloudStream.Http.Produce;

/// <summary>What one partition of an NDJSON stream appends at a time.</summary>
internal sealed class StreamBatch(int partition, long firstLine, BatchBuffer buffer)
{
    private BatchBuffer? _buffer = buffer;

    public int Partition { get; } = partition;

    /// <summary>The line of its first record, from 1.</summary>
    public long FirstLine { get; } = firstLine;

    /// <summary>Records of the append that was begun.</summary>
    public int Records { get; private set; }

    /// <summary>Bytes of the append that was begun.</summary>
    public int Bytes { get; private set; }

    public BatchBuffer Buffer => _buffer ?? throw new InvalidOperationException("The batch was completed.");

    /// <summary>The append's outcome; null until it was begun.</summary>
    public Task<AppendResult>? Append { get; private set; }

    /// <summary>Whether the append came to an end and was counted; its records' offsets are known then.</summary>
    public bool IsSettled { get; private set; }

    public AppendResult Result { get; private set; }

    /// <summary>Whether the records are in the log.</summary>
    public bool IsCommitted => IsSettled && Result.Error == ErrorCode.None;

    public void Begin(Task<AppendResult> append)
    {
        (Records, Bytes) = (Buffer.Records, Buffer.Bytes);
        Append = append;
    }

    /// <summary>Takes note of the outcome.</summary>
    public void Settle(AppendResult result) => (Result, IsSettled) = (result, true);

    /// <summary>Gives the memory back; the append must have ended.</summary>
    public void Release()
    {
        _buffer?.Dispose();
        _buffer = null;
    }
}
