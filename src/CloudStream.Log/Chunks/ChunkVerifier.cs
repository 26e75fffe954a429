using CloudStream.Records;

namespace CloudStream.Log.Chunks;

/// <summary>Looks at loaded bytes as a whole (<see cref="ChunkScan"/>), and makes those of a flushed object what clients see.</summary>
internal static class ChunkVerifier
{
    /// <summary>What is wrong with the bytes; null when they are good. <paramref name="batches"/> counts the good batches.</summary>
    public static string? Complain(ReadOnlySpan<byte> bytes, ChunkLocation location, out int batches)
    {
        using var scan = new ChunkScan(location);
        scan.Add(bytes);
        batches = scan.Batches;
        return scan.End();
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
