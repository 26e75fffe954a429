using CloudStream.Log.Cache;
using CloudStream.Log.Chunks;
using CloudStream.Log.Memory;
using CloudStream.Records;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>What is verified of a chunk, however its bytes come, and what is taken of one that stays in its file.</summary>
public sealed class ChunkScanTests
{
    private const int Epoch = 7;
    private const long BaseOffset = 100;

    [Theory]
    [InlineData(ObjectKind.Segment)]
    [InlineData(ObjectKind.Merged)]
    public void Sound_batches_are_good_however_they_are_cut(ObjectKind kind)
    {
        var (bytes, location) = Chunk(kind, records: [1, 5, 2], valueBytes: 40);
        for (var piece = 1; piece <= bytes.Length; piece++)
        {
            using var scan = Scan(bytes, location, piece);
            Assert.Null(scan.End());
            var (starts, offsets) = scan.Release();
            Assert.Equal([100L, 101L, 106L], offsets[..scan.Batches]);
            Assert.Equal(Starts(bytes), starts[..scan.Batches]);
        }
    }

    [Theory]
    [InlineData(ObjectKind.Segment)]
    [InlineData(ObjectKind.Merged)]
    public void A_changed_byte_anywhere_is_found_but_for_what_is_overwritten_in_flushed_batches(ObjectKind kind)
    {
        var (bytes, location) = Chunk(kind, records: [1, 3, 2], valueBytes: 9);
        var starts = Starts(bytes);
        for (var i = 0; i < bytes.Length; i++)
        {
            var inBatch = i - starts.Last(s => s <= i);
            var isOverwritten = inBatch is < RecordBatchLayout.BatchLength
                or >= RecordBatchLayout.PartitionLeaderEpoch and < RecordBatchLayout.Magic;
            var damaged = bytes.ToArray();
            damaged[i] ^= 0x40;
            foreach (var piece in (int[])[7, 64, bytes.Length])
            {
                using var scan = Scan(damaged, location, piece);
                Assert.True(scan.End() is not null || (isOverwritten && kind == ObjectKind.Segment), $"byte {i} in pieces of {piece}");
            }
        }
    }

    [Theory]
    [InlineData(ObjectKind.Segment)]
    [InlineData(ObjectKind.Merged)]
    public void Bytes_that_are_missing_are_found(ObjectKind kind)
    {
        var (bytes, location) = Chunk(kind, records: [2, 2], valueBytes: 9);
        for (var length = 0; length < bytes.Length; length++)
        {
            using var scan = Scan(bytes[..length], location, 16);
            Assert.NotNull(scan.End());
        }
    }

    [Fact]
    public void The_rest_of_a_flushed_chunk_of_small_batches_is_not_looked_at_as_it_is_better_in_memory()
    {
        var (bytes, location) = Chunk(ObjectKind.Segment, records: [.. Enumerable.Repeat(1, 20)], valueBytes: 10_000);
        using var scan = new ChunkScan(location);
        Assert.False(((IFileScan)scan).Add(bytes.AsSpan(0, 64 * 1024)));
        Assert.True(scan.IsForMemory);

        var (merged, there) = Chunk(ObjectKind.Merged, records: [.. Enumerable.Repeat(1, 20)], valueBytes: 10_000);
        using var other = new ChunkScan(there);
        Assert.True(((IFileScan)other).Add(merged));
        Assert.False(other.IsForMemory);
        Assert.Null(other.End());
    }

    [Theory]
    [InlineData(ObjectKind.Segment)]
    [InlineData(ObjectKind.Merged)]
    public void Of_a_chunk_in_a_file_the_same_is_taken_as_of_one_in_memory(ObjectKind kind)
    {
        var (bytes, location) = Chunk(kind, records: [1, 5, 2, 1, 4], valueBytes: 100);
        using var file = new BytesAsFile(bytes);
        var stored = new FileChunk(Scan(bytes, location, 50), location);
        var buffer = BufferPool.Shared.Rent(bytes.Length);
        var patched = buffer.Memory[..bytes.Length];
        bytes.CopyTo(patched);
        var scan = Scan(bytes, location, bytes.Length);
        if (kind != ObjectKind.Merged)
            scan.Patch(patched.Span);
        var read = new MemoryChunk(buffer, patched, scan, location);

        for (var offset = BaseOffset; offset < location.EndOffset; offset++)
        {
            for (var maxBytes = 0; maxBytes <= bytes.Length + 1; maxBytes += 13)
            {
                foreach (var atLeastOne in (bool[])[true, false])
                {
                    var (first, end) = stored.Take(offset, maxBytes, atLeastOne, out var nextOffset);
                    Assert.Equal((first, end), read.Take(offset, maxBytes, atLeastOne, out var sameOffset));
                    Assert.Equal(sameOffset, nextOffset);
                    var pieces = new List<ReadOnlyMemory<byte>>();
                    var expected = read.BytesOf(first, end).ToArray();
                    Assert.Equal(expected.Length, stored.Collect(file, first, end, pieces));
                    Assert.Equal(expected, pieces.SelectMany(BytesAsFile.Read).ToArray());
                }
            }
        }

        stored.Release();
        read.Release();
    }

    private static ChunkScan Scan(byte[] bytes, ChunkLocation location, int piece)
    {
        var scan = new ChunkScan(location);
        for (var i = 0; i < bytes.Length && scan.Add(bytes.AsSpan(i, Math.Min(piece, bytes.Length - i))); i += piece)
        {
        }

        return scan;
    }

    private static int[] Starts(byte[] bytes)
    {
        var starts = new List<int>();
        var walk = new RecordBatchEnumerator(bytes);
        while (walk.MoveNext())
            starts.Add(walk.CurrentStart);
        return [.. starts];
    }

    private static (byte[] Bytes, ChunkLocation Location) Chunk(ObjectKind kind, int[] records, int valueBytes)
    {
        var bytes = new List<byte>();
        var offset = BaseOffset;
        foreach (var count in records)
        {
            var batch = FetchWorld.Batch(count, valueBytes);
            if (kind == ObjectKind.Merged)
            {
                RecordBatchLayout.SetBaseOffset(batch, offset);
                RecordBatchLayout.SetPartitionLeaderEpoch(batch, Epoch);
            }

            bytes.AddRange(batch);
            offset += count;
        }

        var key = new BlockKey(1, new ObjectRef(kind, 1, 1), 0);
        return ([.. bytes], new ChunkLocation(key, bytes.Count, BaseOffset, offset, Epoch));
    }
}
