using CloudStream.Records;

namespace CloudStream.Log.Chunks;

/// <summary>
/// Decides whether loaded bytes are what the index says: whole batches, each matching its CRC-32C, together exactly the offsets of the
/// chunk. What the CRC does not cover (base offset, leader epoch) is checked in merged chunks and overwritten in flushed ones. No
/// allocation.
/// </summary>
internal static class ChunkVerifier
{
    /// <summary>What is wrong with the bytes; null when they are good. <paramref name="batches"/> counts the good batches.</summary>
    public static string? Complain(ReadOnlySpan<byte> bytes, ChunkLocation location, out int batches)
    {
        batches = 0;
        var offset = location.BaseOffset;
        var epoch = 0;
        var walk = new RecordBatchEnumerator(bytes);
        while (walk.MoveNext())
        {
            var header = walk.Current;
            if (!RecordBatchValidator.HasValidCrc(walk.CurrentBytes))
                return $"the batch at byte {walk.CurrentStart} does not match its CRC-32C";
            if (header.LastOffsetDelta < 0 || header.LastOffsetDelta >= location.EndOffset - offset)
                return $"the batch at byte {walk.CurrentStart} holds {header.LastOffsetDelta + 1L} offsets from {offset} on, the chunk "
                    + $"ends at {location.EndOffset}";
            if (location.IsMerged && (header.BaseOffset != offset || header.PartitionLeaderEpoch < epoch
                || header.PartitionLeaderEpoch > location.LeaderEpoch))
                return $"the batch at byte {walk.CurrentStart} says offset {header.BaseOffset} and epoch {header.PartitionLeaderEpoch} "
                    + $"instead of offset {offset}";
            epoch = header.PartitionLeaderEpoch;
            offset += header.LastOffsetDelta + 1L;
            batches++;
        }

        if (walk.Status != BatchReadStatus.End)
            return $"the batch at byte {walk.CurrentStart} is broken ({walk.Status})";
        return offset == location.EndOffset ? null : $"the batches end at offset {offset} instead of {location.EndOffset}";
    }

    /// <summary>Writes committed base offsets and leader epochs into the headers of verified batches from a flushed object.</summary>
    public static void Patch(Span<byte> bytes, ChunkLocation location)
    {
        var offset = location.BaseOffset;
        for (var position = 0; position < bytes.Length;)
        {
            var batch = bytes[position..];
            var header = new RecordBatchHeader(batch);
            position += header.TotalBytes;
            RecordBatchLayout.SetBaseOffset(batch, offset);
            RecordBatchLayout.SetPartitionLeaderEpoch(batch, location.LeaderEpoch);
            offset += header.LastOffsetDelta + 1L;
        }
    }
}
