using System.Buffers.Binary;
using CloudStream.Log.Flushes;
using CloudStream.Records;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Chunks;

/// <summary>
/// A chunk that stays where the store keeps it: in a file, of which sockets are given the pages. It was verified once, when it was read
/// first, or before this process wrote it. It costs next to no memory, so that what a cache remembers of such chunks reaches far. What the
/// stored headers lack, committed base offsets and leader epochs, is kept here and goes before the rest of each batch.
/// </summary>
internal sealed class FileChunk : Chunk
{
    /// <summary>Smaller chunks are read into memory.</summary>
    public const int LeastBytes = 128 * 1024;

    // Where headers must be put before batches, fewer bytes than this are cheaper to copy than to send apart.
    private const int LeastBatchBytes = FlushLayout.LeastBatchBytes;

    // Base offset, length, leader epoch.
    private const int PatchedBytes = RecordBatchLayout.PartitionLeaderEpoch + sizeof(int);

    private readonly byte[] _headers;

    /// <param name="scan">What was found of the batches as they are stored, all good.</param>
    /// <param name="location">What they are.</param>
    public FileChunk(ChunkScan scan, ChunkLocation location)
        : base(scan, location, location.IsMerged ? 0 : PatchedBytes * scan.Batches)
    {
        _headers = location.IsMerged ? [] : new byte[PatchedBytes * scan.Batches];
        for (var i = 0; i < _headers.Length / PatchedBytes; i++)
        {
            var header = _headers.AsSpan(i * PatchedBytes, PatchedBytes);
            RecordBatchLayout.SetBaseOffset(header, OffsetOf(i));
            BinaryPrimitives.WriteInt32BigEndian(
                header[RecordBatchLayout.BatchLength..], StartOf(i + 1) - StartOf(i) - RecordBatchLayout.LogOverheadBytes);
            RecordBatchLayout.SetPartitionLeaderEpoch(header, location.LeaderEpoch);
        }
    }

    /// <summary>Whether a chunk is better sent from its file than from memory.</summary>
    public static bool IsWorthIt(ChunkLocation location, int batches) =>
        location.Bytes >= LeastBytes && (location.IsMerged || location.Bytes / batches >= LeastBatchBytes);

    /// <summary>Adds some batches: memory with bytes, and memory that stands for those in the file.</summary>
    /// <returns>How many bytes they have.</returns>
    public int Collect(ObjectFile file, int first, int end, List<ReadOnlyMemory<byte>> pieces)
    {
        if (_headers.Length == 0 && end > first)
            pieces.Add(file.Slice(StartOf(first), StartOf(end) - StartOf(first)));
        for (var i = first; i < end && _headers.Length > 0; i++)
        {
            pieces.Add(_headers.AsMemory(i * PatchedBytes, PatchedBytes));
            pieces.Add(file.Slice(StartOf(i) + PatchedBytes, StartOf(i + 1) - StartOf(i) - PatchedBytes));
        }

        return StartOf(end) - StartOf(first);
    }
}
