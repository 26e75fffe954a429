using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.State;

/// <summary>
/// A flush becomes part of the log: offsets, duplicates, sequence checks and conditional appends are decided here, item by item, and
/// adjacent accepted items of a partition become one slice.
/// </summary>
internal static class FlushTransition
{
    public static ShardState Apply(
        ShardState state, FlushEntry flush, ImmutableArray<SegmentItem> items, ICollection<ItemOutcome>? outcomes)
    {
        var walk = new Walk(state, flush.Object, null, flush.AtMs);
        var next = walk.Through(items, flush.Leaseless, outcomes);
        return walk.Slices > 0 ? next : next with
        {
            Trash = state.Trash.Add(new TrashItem(TrashKind.Object, flush.Object, state.Version, flush.AtMs))
        };
    }

    /// <summary>The same for a flush that has no object.</summary>
    public static ShardState Apply(ShardState state, InlineFlushEntry flush, ICollection<ItemOutcome>? outcomes)
    {
        // Shards of a broker share their memory of recent flushes, so names tell them apart.
        var reference = state.Inline is [.., { Object: var last }] && last.Born == state.Version
            ? last with { Id = last.Id + 1 }
            : new ObjectRef(ObjectKind.Slot, state.Version, (ulong)state.Shard << 32);
        var walk = new Walk(state, reference, flush.Records, flush.AtMs);
        var next = walk.Through(flush.Records.Items, flush.Leaseless, outcomes);
        return walk.Slices == 0 ? next : next with
        {
            Inline = state.Inline.Add(new InlineFlush(reference, PartsOf(flush.Records.Items), flush.Records))
        };
    }

    private static ImmutableArray<InlinePart> PartsOf(ImmutableArray<SegmentItem> items)
    {
        var parts = ImmutableArray.CreateBuilder<InlinePart>(1);
        foreach (var item in items)
        {
            if (parts.Count > 0 && parts[^1].Slot == item.Slot)
                parts[^1] = parts[^1] with { Bytes = parts[^1].Bytes + item.Bytes };
            else
                parts.Add(new InlinePart(item.Slot, item.Bytes));
        }

        return parts.DrainToImmutable();
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

    /// <summary>
    /// Goes through a flush's items in object order: the partition that is being extended, and the slice that is still open.
    /// </summary>
    private sealed class Walk(ShardState state, ObjectRef reference, InlineRecords? records, long atMs)
    {
        private readonly ImmutableSortedDictionary<int, PartitionState>.Builder _partitions = state.Partitions.ToBuilder();
        private long _position = SegmentLayout.HeaderBytes;
        private PartitionState? _partition;
        private Slice? _open;
        private long _bytes;

        /// <summary>Slices made so far.</summary>
        public int Slices { get; private set; }

        /// <summary>Takes all items: the state behind them.</summary>
        public ShardState Through(ImmutableArray<SegmentItem> items, bool leaseless, ICollection<ItemOutcome>? outcomes)
        {
            foreach (var item in items)
            {
                var outcome = Take(item);
                outcomes?.Add(outcome);
            }

            ClosePartition();
            var next = state with { Partitions = _partitions.ToImmutable() };
            if (leaseless)
                next = next with { LeaselessVersion = state.Version };
            return Slices == 0 ? next : next with
            {
                NextSequence = state.NextSequence + 1,
                Objects = state.Objects.Add(reference, new LiveObject(reference, state.NextSequence, 0, Slices, _bytes)),
            };
        }

        private ItemOutcome Take(SegmentItem item)
        {
            if (_partition?.Slot != item.Slot)
            {
                ClosePartition();
                _partition = _partitions.GetValueOrDefault(item.Slot);
            }

            var outcome = _partition is null ? Refused(ErrorCode.UnknownPartition) : Decide(_partition, item);
            if (outcome.Error == ErrorCode.None && !outcome.Duplicate)
                Accept(_partition!, item);
            else
                CloseSlice(); // What was refused leaves a hole in the object, so the slice ends before it.
            _position += item.Bytes;
            return _partition is null
                ? outcome
                : outcome with { EndOffset = _partition.EndOffset, LogStartOffset = _partition.LogStartOffset };
        }

        private void ClosePartition()
        {
            CloseSlice();
            if (_partition is not null)
                _partitions[_partition.Slot] = _partition;
            _partition = null;
        }

        private void Accept(PartitionState partition, SegmentItem item)
        {
            var end = partition.EndOffset + item.Records;
            var time = item.MaxTimestamp >= 0 ? item.MaxTimestamp : UndatedTime.Of(atMs);
            _open = _open is null
                ? new Slice(reference, _position, item.Bytes, partition.EndOffset, end, time, state.LeaderEpoch) { Records = records }
                : _open with { Bytes = _open.Bytes + item.Bytes, EndOffset = end, MaxTimestamp = Math.Max(_open.MaxTimestamp, time) };
            _bytes += item.Bytes;
            _partition = partition with
            {
                EndOffset = end,
                Bytes = partition.Bytes + item.Bytes,
                MaxTimestamp = Math.Max(partition.MaxTimestamp, item.MaxTimestamp),
                Producers = item.ProducerId < 0 ? partition.Producers : Sequence(partition, item, atMs),
            };
        }

        private void CloseSlice()
        {
            if (_open is null)
                return;
            _partition = _partition! with { Recent = _partition.Recent.Add(_open) };
            _open = null;
            Slices++;
        }
    }
}
