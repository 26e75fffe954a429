using System.Collections.Immutable;
using CloudStream.Engine.State.Entries;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.State;

/// <summary>
/// A flush becomes part of the log: offsets, duplicates, sequence checks and conditional appends are decided here, item by item, and
/// adjacent accepted items of a partition become one slice.
/// </summary>
internal static class FlushTransition
{
    public static ShardState Apply(ShardState state, FlushEntry flush, ImmutableArray<SegmentItem> items, ICollection<ItemOutcome>? outcomes)
    {
        var partitions = state.Partitions.ToBuilder();
        var position = (long)SegmentLayout.HeaderBytes;
        var slices = 0;
        long bytes = 0;
        PartitionState? current = null;
        Slice? open = null;
        foreach (var item in items)
        {
            if (current?.Slot != item.Slot)
            {
                Close();
                current = partitions.GetValueOrDefault(item.Slot);
            }

            if (current is null)
            {
                outcomes?.Add(new ItemOutcome(ErrorCode.UnknownPartition, -1, Duplicate: false, -1, -1));
            }
            else
            {
                var outcome = Decide(current, item);
                if (outcome.Error == ErrorCode.None && !outcome.Duplicate)
                    Accept(item);
                else
                    CloseSlice(); // What was refused leaves a hole in the object, so the slice ends before it.
                outcomes?.Add(outcome with { EndOffset = current.EndOffset, LogStartOffset = current.LogStartOffset });
            }

            position += item.Bytes;
        }

        Close();
        var next = ShardTransition.Remember(state with { Partitions = partitions.ToImmutable() }, flush.Object.Id);
        if (flush.Leaseless)
            next = next with { LeaselessVersion = state.Version };
        return slices == 0
            ? next with { Trash = state.Trash.Add(new TrashItem(TrashKind.Object, flush.Object, state.Version, flush.AtMs)) }
            : next with
            {
                NextSequence = state.NextSequence + 1,
                Objects = state.Objects.Add(flush.Object, new LiveObject(flush.Object, state.NextSequence, 0, slices, bytes)),
            };

        void Accept(SegmentItem item)
        {
            var end = current!.EndOffset + item.Records;
            open = open is null
                ? new Slice(flush.Object, position, item.Bytes, current.EndOffset, end, item.MaxTimestamp, state.Epoch)
                : open with { Bytes = open.Bytes + item.Bytes, EndOffset = end, MaxTimestamp = Math.Max(open.MaxTimestamp, item.MaxTimestamp) };
            bytes += item.Bytes;
            current = current with
            {
                EndOffset = end,
                Bytes = current.Bytes + item.Bytes,
                MaxTimestamp = Math.Max(current.MaxTimestamp, item.MaxTimestamp),
                Producers = item.ProducerId < 0 ? current.Producers : Sequence(current, item, flush.AtMs),
            };
        }

        void CloseSlice()
        {
            if (open is null)
                return;
            current = current! with { Recent = current.Recent.Add(open) };
            open = null;
            slices++;
        }

        void Close()
        {
            CloseSlice();
            if (current is not null)
                partitions[current.Slot] = current;
            current = null;
        }
    }

    private static ImmutableSortedDictionary<long, ProducerState> Sequence(PartitionState partition, SegmentItem item, long nowMs)
    {
        var range = new SequenceRange(item.BaseSequence, ProducerState.Last(item.BaseSequence, item.Records), partition.EndOffset);
        var known = partition.Producers.GetValueOrDefault(item.ProducerId) ?? new ProducerState(item.ProducerEpoch, [], nowMs);
        return partition.Producers.SetItem(item.ProducerId, known.Append(item.ProducerEpoch, range, nowMs));
    }

    private static ItemOutcome Decide(PartitionState partition, SegmentItem item)
    {
        if (item.ProducerId >= 0 && partition.Producers.TryGetValue(item.ProducerId, out var producer))
        {
            var verdict = Judge(producer, item);
            if (verdict.Error != ErrorCode.None || verdict.Duplicate)
                return verdict;
        }

        return item.ExpectedOffset >= 0 && item.ExpectedOffset != partition.EndOffset
            ? Refused(ErrorCode.OffsetMismatch)
            : new ItemOutcome(ErrorCode.None, partition.EndOffset, Duplicate: false, -1, -1);
    }

    // As Kafka's ProducerAppendInfo: an unknown producer may begin at any sequence (its state may have expired), a new epoch begins at 0.
    private static ItemOutcome Judge(ProducerState producer, SegmentItem item)
    {
        if (item.ProducerEpoch < producer.Epoch)
            return Refused(ErrorCode.InvalidProducerEpoch);
        if (item.ProducerEpoch > producer.Epoch)
            return item.BaseSequence == 0 ? default : Refused(ErrorCode.OutOfOrderSequence);
        var last = ProducerState.Last(item.BaseSequence, item.Records);
        foreach (var range in producer.Recent)
        {
            if (range.FirstSequence == item.BaseSequence && range.LastSequence == last)
                return new ItemOutcome(ErrorCode.None, range.BaseOffset, Duplicate: true, -1, -1);
        }

        return item.BaseSequence == producer.NextSequence ? default : Refused(ErrorCode.OutOfOrderSequence);
    }

    private static ItemOutcome Refused(ErrorCode error) => new(error, -1, Duplicate: false, -1, -1);
}
