using CloudStream.Log.Calls;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Log.Positions;

/// <summary>Looks for times in whole batches: by their headers, decoding only a batch that must be looked into.</summary>
internal static class BatchTimestamps
{
    // The checksum was compared when the bytes were loaded.
    private static readonly RecordReaderOptions s_options = new() { VerifyCrc = false, ReleasePassedBatches = true };

    /// <summary>The first record from <paramref name="logStart"/> on whose timestamp is at least <paramref name="timestamp"/>.</summary>
    public static bool TryFindFirst(IReadOnlyList<ReadOnlyMemory<byte>> pieces, long timestamp, long logStart, out OffsetResult result)
    {
        for (var i = 0; i < pieces.Count; i++)
        {
            var walk = new RecordBatchEnumerator(pieces[i].Span);
            while (walk.MoveNext())
            {
                var header = walk.Current;
                if (header.MaxTimestamp < timestamp || header.NextOffset <= logStart)
                    continue;
                if (TryFindFirst(pieces[i].Slice(walk.CurrentStart, header.TotalBytes), timestamp, logStart, out result))
                    return true;
            }
        }

        result = default;
        return false;
    }

    /// <summary>The largest timestamp of the records from <paramref name="logStart"/> on; -1 for none.</summary>
    public static long Largest(IReadOnlyList<ReadOnlyMemory<byte>> pieces, long logStart)
    {
        var largest = -1L;
        for (var i = 0; i < pieces.Count; i++)
        {
            var walk = new RecordBatchEnumerator(pieces[i].Span);
            while (walk.MoveNext())
            {
                var header = walk.Current;
                if (header.NextOffset > logStart && header.MaxTimestamp > largest)
                    largest = Math.Max(largest, header.BaseOffset >= logStart ? header.MaxTimestamp : LargestIn(pieces[i].Slice(walk.CurrentStart, header.TotalBytes), logStart));
            }
        }

        return largest;
    }

    // Brokers do not decode what producers send: a batch whose records cannot be read is taken at its header's word.
    private static bool TryFindFirst(ReadOnlyMemory<byte> batch, long timestamp, long logStart, out OffsetResult result)
    {
        var header = new RecordBatchHeader(batch.Span);
        var (baseOffset, largest, epoch) = (header.BaseOffset, header.MaxTimestamp, header.PartitionLeaderEpoch);
        try
        {
            using var records = RecordBatchReader.ReadFrom(batch, logStart, s_options);
            while (records.TryRead(out var record))
            {
                if (record.Timestamp < timestamp)
                    continue;
                result = new OffsetResult(ErrorCode.None, record.Offset, record.Timestamp, epoch);
                return true;
            }

            result = default;
            return false;
        }
        catch (Exception e) when (e is InvalidRecordBatchException or MissingCodecLibraryException)
        {
            result = new OffsetResult(ErrorCode.None, Math.Max(baseOffset, logStart), largest, epoch);
            return true;
        }
    }

    private static long LargestIn(ReadOnlyMemory<byte> batch, long logStart)
    {
        var largest = -1L;
        try
        {
            using var records = RecordBatchReader.ReadFrom(batch, logStart, s_options);
            while (records.TryRead(out var record))
                largest = Math.Max(largest, record.Timestamp);
            return largest;
        }
        catch (Exception e) when (e is InvalidRecordBatchException or MissingCodecLibraryException)
        {
            return new RecordBatchHeader(batch.Span).MaxTimestamp;
        }
    }
}
