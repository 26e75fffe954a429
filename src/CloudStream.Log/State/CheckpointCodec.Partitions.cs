using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

internal static partial class CheckpointCodec
{
    private static void WritePartition(FormatWriter writer, PartitionState partition, Dictionary<ObjectRef, int> objects)
    {
        writer.Count(partition.Slot);
        writer.Guid(partition.Id.TopicId);
        writer.Count(partition.Id.Index);
        writer.Count(partition.LogStartOffset);
        writer.Count(partition.EndOffset);
        writer.Count(partition.Bytes);
        writer.Signed(partition.MaxTimestamp);
        writer.Count(partition.Pages.Length);
        foreach (var page in partition.Pages)
            EntryCodec.WritePageRef(writer, page);
        WriteSlices(writer, partition.Recent, objects);
        WriteProducers(writer, partition.Producers);
        WriteLosses(writer, partition.Losses);
    }

    private static PartitionState ReadPartition(ref FormatReader reader, LiveObject[] objects)
    {
        var partition = new PartitionState { Slot = reader.Count32(), Id = new PartitionId(reader.Guid(), reader.Count32()) };
        var (start, end, bytes, timestamp) = (reader.Count(), reader.Count(), reader.Count(), reader.Signed());
        var pages = ImmutableArray.CreateBuilder<PageRef>(reader.ElementCount(15));
        for (var i = pages.Capacity; i > 0; i--)
            pages.Add(EntryCodec.ReadPageRef(ref reader));
        return partition with
        {
            LogStartOffset = start,
            EndOffset = end,
            Bytes = bytes,
            MaxTimestamp = timestamp,
            Pages = pages.DrainToImmutable(),
            Recent = ReadSlices(ref reader, objects),
            Producers = ReadProducers(ref reader),
            Losses = ReadLosses(ref reader),
        };
    }

    // Neighbouring slices are alike: objects follow each other, offsets join, times are close. Differences take a byte or two each.
    private static void WriteSlices(FormatWriter writer, ImmutableList<Slice> slices, Dictionary<ObjectRef, int> objects)
    {
        writer.Count(slices.Count);
        long index = 0, offset = 0, timestamp = 0, epoch = 0;
        foreach (var slice in slices)
        {
            var place = objects[slice.Object];
            writer.Signed(place - index);
            writer.Count(slice.Position);
            writer.Count(slice.Bytes);
            writer.Count(slice.BaseOffset - offset);
            writer.Count(slice.EndOffset - slice.BaseOffset);
            writer.Signed(slice.MaxTimestamp - timestamp);
            writer.Signed(slice.LeaderEpoch - epoch);
            (index, offset, timestamp, epoch) = (place, slice.EndOffset, slice.MaxTimestamp, slice.LeaderEpoch);
        }
    }

    private static ImmutableList<Slice> ReadSlices(ref FormatReader reader, LiveObject[] objects)
    {
        var slices = ImmutableList.CreateBuilder<Slice>();
        long index = 0, offset = 0, timestamp = 0, epoch = 0;
        for (var i = reader.ElementCount(7); i > 0; i--)
        {
            index += reader.Signed();
            if (index < 0 || index >= objects.Length)
                throw reader.Corrupt($"object {index} of {objects.Length}");
            var (position, bytes) = (reader.Count(), reader.Count());
            var start = offset + reader.Count();
            offset = start + reader.Count();
            timestamp += reader.Signed();
            epoch += reader.Signed();
            slices.Add(new Slice(objects[index].Object, position, bytes, start, offset, timestamp, (int)epoch));
        }

        return slices.ToImmutable();
    }

    private static void WriteProducers(FormatWriter writer, ImmutableSortedDictionary<long, ProducerState> producers)
    {
        writer.Count(producers.Count);
        long last = 0;
        foreach (var (id, producer) in producers)
        {
            writer.Count(id - last);
            last = id;
            writer.Count(producer.Epoch);
            writer.Count(producer.LastMs);
            writer.Count(producer.Recent.Length);
            foreach (var range in producer.Recent)
            {
                writer.Count(range.FirstSequence);
                writer.Count(range.LastSequence);
                writer.Count(range.BaseOffset);
            }
        }
    }

    private static ImmutableSortedDictionary<long, ProducerState> ReadProducers(ref FormatReader reader)
    {
        var producers = ImmutableSortedDictionary.CreateBuilder<long, ProducerState>();
        long id = 0;
        for (var i = reader.ElementCount(4); i > 0; i--)
        {
            id += reader.Count();
            var (epoch, lastMs) = (reader.Count32(), reader.Count());
            var ranges = ImmutableArray.CreateBuilder<SequenceRange>(reader.ElementCount(3));
            for (var r = ranges.Capacity; r > 0; r--)
                ranges.Add(new SequenceRange(reader.Count32(), reader.Count32(), reader.Count()));
            producers[id] = new ProducerState((short)epoch, ranges.DrainToImmutable(), lastMs);
        }

        return producers.ToImmutable();
    }

    private static void WriteLosses(FormatWriter writer, ImmutableArray<AcceptedLoss> losses)
    {
        writer.Count(losses.Length);
        long offset = 0;
        foreach (var loss in losses)
        {
            writer.Count(loss.BaseOffset - offset);
            writer.Count(loss.EndOffset - loss.BaseOffset);
            writer.Count(loss.AtMs);
            writer.String(loss.By);
            offset = loss.EndOffset;
        }
    }

    private static ImmutableArray<AcceptedLoss> ReadLosses(ref FormatReader reader)
    {
        var losses = ImmutableArray.CreateBuilder<AcceptedLoss>();
        long offset = 0;
        for (var i = reader.ElementCount(4); i > 0; i--)
        {
            var start = offset + reader.Count();
            offset = start + reader.Count();
            losses.Add(new AcceptedLoss(start, offset, reader.Count(), reader.String()));
        }

        return losses.ToImmutable();
    }
}
