using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Turns the batches of one slice, in place, into what a merged object holds: committed base offsets and leader epochs in the headers.
/// Checks every batch and that the offsets come out where the state says; a slice that fails must not be merged.
/// </summary>
internal static class BatchRewriter
{
    /// <summary>Rewrites one slice; null when it is sound, otherwise what is wrong with it.</summary>
    /// <param name="bytes">Exactly the slice's bytes.</param>
    /// <param name="slice">What the state says about it.</param>
    /// <param name="chunks">Receives the batches.</param>
    public static string? Rewrite(Span<byte> bytes, Slice slice, ChunkBuilder chunks)
    {
        var walk = new RecordBatchEnumerator(bytes);
        var isCommitted = slice.Object.Kind == ObjectKind.Merged;
        var next = slice.BaseOffset;
        while (walk.MoveNext())
        {
            var batch = bytes.Slice(walk.CurrentStart, walk.Current.TotalBytes);
            if (!RecordBatchValidator.HasValidCrc(batch))
                return $"the batch at {walk.CurrentStart} does not match its CRC";
            var header = walk.Current;
            if (header.LastOffsetDelta < 0)
                return $"the batch at {walk.CurrentStart} has a last offset delta of {header.LastOffsetDelta}";

            // What a merge or a compaction wrote holds its offsets already, with gaps perhaps; what a producer sent is counted.
            var start = isCommitted ? header.BaseOffset : next;
            if (start < next)
                return $"the batch at {walk.CurrentStart} begins at offset {start}, before {next}";
            next = start + header.LastOffsetDelta + 1;
            chunks.Add(batch.Length, next, header.MaxTimestamp);
            if (isCommitted)
                continue;
            RecordBatchLayout.SetBaseOffset(batch, start);
            RecordBatchLayout.SetPartitionLeaderEpoch(batch, slice.LeaderEpoch);
        }

        if (walk.Status != BatchReadStatus.End)
            return $"the batches end with {walk.Status} at {walk.CurrentStart} of {bytes.Length}";
        var isWhole = isCommitted ? next <= slice.EndOffset : next == slice.EndOffset;
        return isWhole ? null : $"the batches end at offset {next}, the slice at {slice.EndOffset}";
    }
}
