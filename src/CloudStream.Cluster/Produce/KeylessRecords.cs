using System.Buffers;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Cluster.Produce;

/// <summary>
/// Records without a key have no place on a compacted topic: nothing could ever replace them.
/// The only check that decodes what a producer sent, on such topics alone.
/// </summary>
internal static class KeylessRecords
{
    private static readonly RecordReaderOptions s_options = new() { VerifyCrc = false, ReleasePassedBatches = true };

    /// <summary>Why a compacted topic refuses the batches, all of them as one; null when each record has its key.</summary>
    public static AppendResult? Refuse(TopicInfo topic, int partition, ReadOnlySequence<byte> batches)
    {
        var keyless = In(batches.IsSingleSegment ? batches.First : batches.ToArray());
        return keyless.Count == 0
            ? null
            : new AppendResult(
                ErrorCode.InvalidRecord,
                Detail: $"{keyless.Count} of the records sent to partition {partition} of topic {topic.Name} have no key; a compacted topic takes none without.",
                RefusedRecords: keyless);
    }

    // Counted from the first record of what was sent. What cannot be decoded is stored as its producer made it, as on other topics.
    private static List<int> In(ReadOnlyMemory<byte> batches)
    {
        var keyless = new List<int>();
        try
        {
            using var records = RecordBatchReader.Read(batches, s_options);
            for (var index = 0; records.TryRead(out var record); index++)
            {
                if (record.Key is null)
                    keyless.Add(index);
            }
        }
        catch (Exception e) when (e is InvalidRecordBatchException or MissingCodecLibraryException)
        {
            return keyless;
        }

        return keyless;
    }
}
