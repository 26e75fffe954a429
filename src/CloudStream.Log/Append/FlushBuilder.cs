using System.Collections.Immutable;
using System.Runtime.InteropServices;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.Memory;
using CloudStream.Records;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Append;

/// <summary>
/// Turns appends into flushes: divides them, groups them by partition in order of arrival, describes them, and gathers small ones.
/// </summary>
internal static class FlushBuilder
{
    // Appends below this are copied together, so that a flush of thousands of tiny ones is neither written nor read in as many pieces.
    private const int SmallAppendBytes = 16 * 1024;
    private const int GatherBytes = 256 * 1024;
    private const int MaxItemBytes = 256 * 1024 * 1024;

    // From this many bytes on it is cheaper to join checksums than to go through the bytes.
    private const int ConcatBytes = 16 * 1024;

    /// <summary>
    /// Divides what a shard seals at once into flushes: a partition with enough bytes gets an object of its own, which no merge has to
    /// write again; the others share one. All of them are uploaded side by side and committed together.
    /// </summary>
    /// <param name="appends">What is sealed, in order of arrival.</param>
    /// <param name="aloneBytes">From how many bytes on a partition gets its own object.</param>
    /// <returns>
    /// The appends of each flush, none for none; partitions with objects of their own in order of their first append, the shared flush
    /// last.
    /// </returns>
    public static List<List<PendingAppend>> Split(List<PendingAppend> appends, long aloneBytes)
    {
        if (appends.Count == 0)
            return [];
        if (appends.Sum(static a => (long)a.Length) < aloneBytes)
            return [appends];
        var bytes = BytesBySlot(appends);
        if (bytes.Count == 1 || !bytes.Values.Any(b => b >= aloneBytes))
            return [appends];

        var alone = new Dictionary<int, List<PendingAppend>>();
        var shared = new List<PendingAppend>();
        var flushes = new List<List<PendingAppend>>();
        foreach (var append in appends)
        {
            if (bytes[append.Slot] < aloneBytes)
            {
                shared.Add(append);
                continue;
            }

            if (!alone.TryGetValue(append.Slot, out var own))
            {
                alone.Add(append.Slot, own = []);
                flushes.Add(own);
            }

            own.Add(append);
        }

        if (shared.Count > 0)
            flushes.Add(shared);
        return flushes;
    }

    /// <summary>Makes one flush.</summary>
    /// <param name="appends">What it holds.</param>
    /// <param name="inlineMaxBytes">Up to how many bytes of records are committed inline.</param>
    public static Flush Build(List<PendingAppend> appends, int inlineMaxBytes)
    {
        appends.Sort(static (a, b) => a.Slot != b.Slot ? a.Slot.CompareTo(b.Slot) : a.Arrival.CompareTo(b.Arrival));
        var items = Describe(appends);
        var buffer = Gather(appends);
        if (buffer.Bytes <= inlineMaxBytes)
            return new Flush(buffer, new InlineRecords(items, buffer.ToArray()), appends);
        var crcs = SliceCrcs(items, buffer, out var dataCrc);
        var partitions = appends.Select(
            a => new SlotPartition(a.Slot, a.Partition.TopicId, a.Partition.Index)).Distinct().ToImmutableArray();
        var directory = FlushDirectoryCodec.Encode(new FlushDirectory(items, crcs, partitions));
        return new Flush(buffer, dataCrc, items, directory, ItemBytes(items), appends);
    }

    private static Dictionary<int, long> BytesBySlot(List<PendingAppend> appends)
    {
        var bytes = new Dictionary<int, long>();
        foreach (var append in appends)
            CollectionsMarshal.GetValueRefOrAddDefault(bytes, append.Slot, out _) += append.Length;
        return bytes;
    }

    // Not measured where they are too many in any case.
    private static int ItemBytes(ImmutableArray<SegmentItem> items)
    {
        if (items.Length > Flush.MaxInlineBytesBesideOthers / 4)
            return int.MaxValue;
        var writer = new FormatWriter();
        FlushDirectoryCodec.WriteItems(writer, items.AsSpan());
        return writer.Length;
    }

    private static ImmutableArray<SegmentItem> Describe(List<PendingAppend> appends)
    {
        var items = ImmutableArray.CreateBuilder<SegmentItem>(appends.Count);
        foreach (var append in appends)
        {
            var batches = append.Bytes.Span;
            if (new RecordBatchHeader(batches).ProducerId >= 0)
            {
                append.Items = (items.Count, DescribeIdempotent(append, batches, items), 0);
                continue;
            }

            var item = new SegmentItem(append.Slot, append.Length, (int)append.Records, MaxTimestamp(batches),
                ExpectedOffset: append.Options.ExpectedOffset);
            if (items.Count > 0 && CanJoin(items[^1], item))
            {
                append.Items = (items.Count - 1, 1, items[^1].Records);
                items[^1] = Join(items[^1], item);
            }
            else
            {
                append.Items = (items.Count, 1, 0);
                items.Add(item);
            }
        }

        return items.DrainToImmutable();
    }

    private static bool CanJoin(SegmentItem last, SegmentItem next) =>
        last.Slot == next.Slot && last.IsPlain && next.IsPlain && last.Bytes + (long)next.Bytes <= MaxItemBytes
            && last.Records + (long)next.Records <= int.MaxValue;

    private static SegmentItem Join(SegmentItem last, SegmentItem next) => last with
    {
        Bytes = last.Bytes + next.Bytes,
        Records = last.Records + next.Records,
        MaxTimestamp = Math.Max(last.MaxTimestamp, next.MaxTimestamp),
    };

    // One item for each batch: each has a sequence of its own to be judged by.
    private static int DescribeIdempotent(PendingAppend append, ReadOnlySpan<byte> batches, ImmutableArray<SegmentItem>.Builder items)
    {
        var count = 0;
        for (; !batches.IsEmpty; count++)
        {
            var header = new RecordBatchHeader(batches);
            items.Add(new SegmentItem(
                append.Slot,
                header.TotalBytes,
                header.LastOffsetDelta + 1,
                header.MaxTimestamp,
                header.ProducerId,
                header.ProducerEpoch,
                header.BaseSequence,
                count == 0 ? append.Options.ExpectedOffset : -1));
            batches = batches[header.TotalBytes..];
        }

        return count;
    }

    private static long MaxTimestamp(ReadOnlySpan<byte> batches)
    {
        var max = -1L;
        while (!batches.IsEmpty)
        {
            var header = new RecordBatchHeader(batches);
            max = Math.Max(max, header.MaxTimestamp);
            batches = batches[header.TotalBytes..];
        }

        return max;
    }

    private static FlushBuffer Gather(List<PendingAppend> appends)
    {
        var rented = new List<NativeBuffer>();
        var pieces = new List<Memory<byte>>();
        NativeBuffer? block = null;
        int start = 0, used = 0;
        foreach (var append in appends)
        {
            var small = append.Length < SmallAppendBytes && appends.Count > 1;
            if (block is not null && (!small || used + append.Length > block.Length))
                ClosePiece();
            if (!small)
            {
                rented.Add(append.Buffer);
                pieces.Add(append.Bytes);
                continue;
            }

            if (block is null || used + append.Length > block.Length)
            {
                block = BufferPool.Shared.Rent(GatherBytes);
                rented.Add(block);
                (start, used) = (0, 0);
            }

            append.Bytes.CopyTo(block.Memory[used..]);
            used += append.Length;
            BufferPool.Shared.Return(append.Buffer);
        }

        ClosePiece();
        return new FlushBuffer([.. rented], [.. pieces], SegmentLayout.HeaderBytes);

        void ClosePiece()
        {
            if (block is not null && used > start)
                pieces.Add(block.Memory[start..used]);
            start = used;
        }
    }

    private static ImmutableArray<uint> SliceCrcs(ImmutableArray<SegmentItem> items, FlushBuffer buffer, out uint dataCrc)
    {
        dataCrc = 0;
        var crcs = ImmutableArray.CreateBuilder<uint>();
        long position = SegmentLayout.HeaderBytes;
        for (var i = 0; i < items.Length;)
        {
            var slot = items[i].Slot;
            var (start, end) = (position, position);
            for (; i < items.Length && items[i].Slot == slot; i++)
                end += items[i].Bytes;
            var crc = 0u;
            for (var piece = buffer.FindPiece(position); position < end; piece++)
            {
                var run = buffer.PieceFrom(piece, position, end - position);
                crc = Append(crc, run.Span);
                position += run.Length;
            }

            crcs.Add(crc);
            dataCrc = Crc32C.Concat(dataCrc, crc, checked((int)(end - start)));
        }

        return crcs.DrainToImmutable();
    }

    // What a batch says of itself has been checked when it arrived, so a large one need not be gone through again; and what happens to it
    // in memory between then and now does not go unseen.
    private static uint Append(uint crc, ReadOnlySpan<byte> batches)
    {
        while (!batches.IsEmpty)
        {
            var header = new RecordBatchHeader(batches);
            var (length, covered) = (header.TotalBytes, header.TotalBytes - RecordBatchLayout.Attributes);
            crc = covered < ConcatBytes
                ? Crc32C.Append(crc, batches[..length])
                : Crc32C.Concat(Crc32C.Append(crc, batches[..RecordBatchLayout.Attributes]), header.Crc, covered);
            batches = batches[length..];
        }

        return crc;
    }
}
