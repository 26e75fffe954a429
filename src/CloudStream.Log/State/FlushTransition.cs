using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
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
        var walk = new Walk(state, flush);
        foreach (var item in items)
        {
            var outcome = walk.Take(item);
            outcomes?.Add(outcome);
        }

        walk.ClosePartition();
        var next = state with { Partitions = walk.Partitions.ToImmutable() };
        if (flush.Leaseless)
            next = next with { LeaselessVersion = state.Version };
        return walk.Slices == 0
            ? next with { Trash = state.Trash.Add(new TrashItem(TrashKind.Object, flush.Object, state.Version, flush.AtMs)) }
            : next with
            {
                NextSequence = state.NextSequence + 1,
                Objects = state.Objects.Add(flush.Object, new LiveObject(flush.Object, state.NextSequence, 0, walk.Slices, walk.Bytes)),
            };
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
    private sealed class Walk(ShardState state, FlushEntry flush)
    {
        private long _position = SegmentLayout.HeaderBytes;
        private PartitionState? _partition;
        private Slice? _open;

        public ImmutableSortedDictionary<int, PartitionState>.Builder Partitions { get; } = state.Partitions.ToBuilder();

        /// <summary>Slices made so far.</summary>
        public int Slices { get; private set; }

        /// <summary>Bytes that entered the log.</summary>
        public long Bytes { get; private set; }

        public ItemOutcome Take(SegmentItem item)
        {
            if (_partition?.Slot != item.Slot)
            {
                ClosePartition();
                _partition = Partitions.GetValueOrDefault(item.Slot);
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

        public void ClosePartition()
        {
            CloseSlice();
            if (_partition is not null)
                Partitions[_partition.Slot] = _partition;
            _partition = null;
        }

        private void Accept(PartitionState partition, SegmentItem item)
        {
            var end = partition.EndOffset + item.Records;
            var time = item.MaxTimestamp >= 0 ? item.MaxTimestamp : UndatedTime.Of(flush.AtMs);
            _open = _open is null
                ? new Slice(flush.Object, _position, item.Bytes, partition.EndOffset, end, time, state.Epoch)
                : _open with { Bytes = _open.Bytes + item.Bytes, EndOffset = end, MaxTimestamp = Math.Max(_open.MaxTimestamp, time) };
            Bytes += item.Bytes;
            _partition = partition with
            {
                EndOffset = end,
                Bytes = partition.Bytes + item.Bytes,
                MaxTimestamp = Math.Max(partition.MaxTimestamp, item.MaxTimestamp),
                Producers = item.ProducerId < 0 ? partition.Producers : Sequence(partition, item, flush.AtMs),
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
