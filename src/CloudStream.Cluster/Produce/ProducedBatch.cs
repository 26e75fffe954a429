using System.Buffers;
using CloudStream.Records;

namespace CloudStream.Cluster.Produce;

/// <summary>Reads the headers of produced batches, which may lie across the pieces that they were received in.</summary>
internal static class ProducedBatch
{
    /// <summary>Bytes of the valid batch that <paramref name="batches"/> begins with.</summary>
    public static int LengthOf(in ReadOnlySequence<byte> batches)
    {
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        return Header(batches, copy).TotalBytes;
    }

    /// <summary>The header of the valid batch that <paramref name="batches"/> begins with.</summary>
    /// <param name="batches">The batch, and what follows it.</param>
    /// <param name="copy">Room for a header that lies in two pieces.</param>
    public static RecordBatchHeader Header(in ReadOnlySequence<byte> batches, Span<byte> copy)
    {
        if (batches.FirstSpan.Length >= RecordBatchLayout.HeaderBytes)
            return new RecordBatchHeader(batches.FirstSpan);
        batches.Slice(0, RecordBatchLayout.HeaderBytes).CopyTo(copy);
        return new RecordBatchHeader(copy);
    }
}
