using System.Buffers;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Log.Positions;

/// <summary>
/// Looks for times in whole batches: by their headers, decoding only a batch that must be looked into, as a stream, and within the broker's
/// budget of memory for that. Thread-safe.
/// </summary>
internal sealed class BatchTimestamps(ByteBudget decoding, TimeProvider time)
{
    /// <summary>
    /// The first record from <paramref name="logStart"/> on whose timestamp is at least <paramref name="timestamp"/>; null where there is
    /// none. An error where a batch had to be looked into and cannot be: no answer is guessed.
    /// </summary>
    /// <param name="pieces">Whole batches. They stay the caller's.</param>
    /// <param name="timestamp">Milliseconds since the Unix epoch.</param>
    /// <param name="logStart">The log start offset.</param>
    /// <param name="maxBytes">Most bytes that a batch may decompress to.</param>
    /// <param name="cancellationToken">Ends the waiting for memory.</param>
    public async ValueTask<OffsetResult?> FindFirstAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> pieces, long timestamp, long logStart, int maxBytes, CancellationToken cancellationToken)
    {
        for (var i = 0; i < pieces.Count; i++)
        {
            for (var at = 0; TryFindBatch(pieces[i], ref at, timestamp, logStart, out var batch);)
            {
                if (await DecodeAsync(batch, b => FindFirst(b, timestamp, logStart, maxBytes), cancellationToken) is { } found)
                    return found;
            }
        }

        return null;
    }

    /// <summary>
    /// The largest timestamp of the records from <paramref name="logStart"/> on, -1 for none. Where a batch cannot be looked into it is at
    /// most this: who then looks for a record with that time is told so.
    /// </summary>
    public async ValueTask<long> LargestAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> pieces, long logStart, int maxBytes, CancellationToken cancellationToken)
    {
        var largest = -1L;
        for (var i = 0; i < pieces.Count; i++)
        {
            for (var at = 0; TryFindBatch(pieces[i], ref at, largest + 1, logStart, out var batch);)
                largest = Math.Max(largest, await DecodeAsync(batch, b => LargestIn(b, logStart, maxBytes), cancellationToken));
        }

        return largest;
    }

    // The next batch that may have a live record of this time or later.
    private static bool TryFindBatch(ReadOnlyMemory<byte> piece, ref int at, long timestamp, long logStart, out ReadOnlyMemory<byte> batch)
    {
        var walk = new RecordBatchEnumerator(piece.Span[at..]);
        while (walk.MoveNext())
        {
            var header = walk.Current;
            if (header.MaxTimestamp < timestamp || header.NextOffset <= logStart)
                continue;
            batch = piece.Slice(at + walk.CurrentStart, header.TotalBytes);
            at += walk.CurrentStart + header.TotalBytes;
            return true;
        }

        batch = default;
        return false;
    }

    private async ValueTask<T> DecodeAsync<T>(
        ReadOnlyMemory<byte> batch, Func<ReadOnlySequence<byte>, T> decode, CancellationToken cancellationToken)
    {
        var whole = new ReadOnlySequence<byte>(batch);
        var memory = RecordScanner.MemoryFor(whole);
        if (memory > 0)
            await decoding.AcquireAsync(memory, Timeout.InfiniteTimeSpan, time, cancellationToken);
        try
        {
            return decode(whole);
        }
        finally
        {
            if (memory > 0)
                decoding.Release(memory);
        }
    }

    private static OffsetResult? FindFirst(ReadOnlySequence<byte> batch, long timestamp, long logStart, int maxBytes)
    {
        var header = new RecordBatchHeader(batch.FirstSpan);
        using var records = new RecordScanner(batch, maxBytes, isStored: true);
        while (records.MoveNext())
        {
            if (records.Offset >= logStart && records.Timestamp >= timestamp)
                return new OffsetResult(ErrorCode.None, records.Offset, records.Timestamp, header.PartitionLeaderEpoch);
        }

        if (records.Complaint is null)
            return null;
        return records.IsTooLarge
            ? Unanswered(ErrorCode.MessageTooLarge, header.BaseOffset,
                $"decompresses to more than {maxBytes} bytes (max.decompressed.message.bytes)")
            : Unanswered(ErrorCode.Undecodable, header.BaseOffset, records.Complaint);
    }

    private static OffsetResult Unanswered(ErrorCode error, long offset, string why) =>
        new(error, Detail: $"The record batch at offset {offset} {why}, so that its records cannot be found by their times.");

    private static long LargestIn(ReadOnlySequence<byte> batch, long logStart, int maxBytes)
    {
        var header = new RecordBatchHeader(batch.FirstSpan);
        if (header.BaseOffset >= logStart)
            return header.MaxTimestamp;
        var largest = -1L;
        using var records = new RecordScanner(batch, maxBytes, isStored: true);
        while (records.MoveNext())
        {
            if (records.Offset >= logStart)
                largest = Math.Max(largest, records.Timestamp);
        }

        return records.Complaint is null ? largest : header.MaxTimestamp;
    }
}
