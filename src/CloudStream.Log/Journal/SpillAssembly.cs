using System.Collections.Immutable;
using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Journal;

/// <summary>Gathers what a state holds inline into one segment object. Pure.</summary>
internal static class SpillAssembly
{
    /// <summary>Whether some of the records that slots hold are still of use; otherwise there is nothing to spill.</summary>
    public static bool IsNeeded(ShardState state)
    {
        foreach (var flush in state.Inline)
        {
            if (state.Objects.ContainsKey(flush.Object))
                return true;
        }

        return false;
    }

    /// <summary>The object; its pieces borrow the records' memory.</summary>
    /// <param name="state">The state, with all of its inline records.</param>
    /// <param name="reference">The object's name.</param>
    public static SegmentAssembly Create(ShardState state, ObjectRef reference)
    {
        var layout = SpillTransition.Layout(state.Inline);
        var places = new List<(long Start, ReadOnlyMemory<byte> Bytes, int Flush, int Slot)>();
        for (var i = 0; i < layout.Length; i++)
        {
            var (flush, before) = (state.Inline[i], 0);
            for (var part = 0; part < layout[i].Length; part++)
            {
                var (slot, bytes) = flush.Parts[part];
                places.Add((layout[i][part], flush.Records!.Bytes.Slice(before, bytes), i, slot));
                before += bytes;
            }
        }

        places.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        var (items, crcs) = (ImmutableArray.CreateBuilder<SegmentItem>(), ImmutableArray.CreateBuilder<uint>());
        var (pieces, all, last) = (new ReadOnlyMemory<byte>[places.Count], 0u, -1);
        for (var i = 0; i < pieces.Length; i++)
        {
            var (_, bytes, flush, slot) = places[i];
            (pieces[i], all) = (bytes, Crc32C.Append(all, bytes.Span));
            foreach (var item in state.Inline[flush].Records!.Items)
            {
                if (item.Slot == slot)
                    items.Add(item);
            }

            if (slot != last)
                crcs.Add(0);
            (crcs[^1], last) = (Crc32C.Append(crcs[^1], bytes.Span), slot);
        }

        var partitions = places.Select(p => p.Slot).Distinct().Where(state.Partitions.ContainsKey).Select(
            slot => new SlotPartition(slot, state.Partitions[slot].Id.TopicId, state.Partitions[slot].Id.Index)).ToImmutableArray();
        var directory = FlushDirectoryCodec.Encode(new FlushDirectory(items.DrainToImmutable(), crcs.DrainToImmutable(), partitions));
        return SegmentAssembly.Create(new SegmentHeader(reference, state.Shard), pieces, directory, all);
    }
}
