using CloudStream.Log.Calls;
using CloudStream.Log.Memory;

namespace CloudStream.Log.Flushes;

/// <summary>One append on its way into a flush: its own copy of the batches, and who waits for the outcome.</summary>
internal sealed class PendingAppend(
    PartitionId partition, int slot, NativeBuffer buffer, int length, long records, AppendOptions options, Action<int> release)
{
    private readonly TaskCompletionSource<AppendResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PartitionId Partition => partition;

    public int Slot => slot;

    /// <summary>From the pool; owned by the flush from sealing on.</summary>
    public NativeBuffer Buffer => buffer;

    /// <summary>The batches.</summary>
    public Memory<byte> Bytes => buffer.Memory[..length];

    public int Length => length;

    public long Records => records;

    public AppendOptions Options => options;

    public long LogAppendTimeMs { get; init; } = -1;

    /// <summary>Order of arrival in the shard.</summary>
    public long Arrival { get; set; }

    /// <summary>The append's first item in the flush, how many it has, and how many records lie before it in a shared first item.</summary>
    public (int First, int Count, long RecordsBefore) Items { get; set; }

    public Task<AppendResult> Outcome => _completion.Task;

    /// <summary>
    /// Answers the producer, who may have stopped waiting long ago, and gives the bytes back to the budget that covers them.
    /// </summary>
    public void Complete(AppendResult result)
    {
        if (_completion.TrySetResult(result))
            release(length);
    }
}
