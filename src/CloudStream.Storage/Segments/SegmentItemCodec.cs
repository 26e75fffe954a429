using System.Collections.Immutable;
using CloudStream.Storage.Formats;

namespace CloudStream.Storage.Segments;

/// <summary>
/// One item: a flag byte, then only what it announces. Slot and timestamp are differences to the item before (0 before the first), because
/// items go inline into commit entries, which DynamoDB bills by the KiB.
/// </summary>
internal static class SegmentItemCodec
{
    private const byte HasProducer = 1;
    private const byte HasExpectedOffset = 2;
    private const byte HasSlot = 4;
    private const byte HasTimestamp = 8;
    private const int MinBytes = 3; // flags, bytes, records

    public static void Write(FormatWriter writer, ReadOnlySpan<SegmentItem> items)
    {
        writer.Count(items.Length);
        var previous = default(SegmentItem);
        foreach (ref readonly var item in items)
        {
            Check(item);
            Write(writer, item, previous);
            previous = item;
        }
    }

    public static ImmutableArray<SegmentItem> Read(ref FormatReader reader)
    {
        var items = ImmutableArray.CreateBuilder<SegmentItem>(reader.ElementCount(MinBytes));
        var previous = default(SegmentItem);
        while (items.Count < items.Capacity)
        {
            previous = ReadOne(ref reader, previous);
            items.Add(previous);
        }

        return items.MoveToImmutable();
    }

    private static void Write(FormatWriter writer, in SegmentItem item, in SegmentItem previous)
    {
        var flags = (item.ProducerId >= 0 ? HasProducer : 0) | (item.ExpectedOffset >= 0 ? HasExpectedOffset : 0)
            | (item.Slot != previous.Slot ? HasSlot : 0) | (item.MaxTimestamp != previous.MaxTimestamp ? HasTimestamp : 0);
        writer.Byte((byte)flags);
        if (item.Slot != previous.Slot)
            writer.Signed((long)item.Slot - previous.Slot);
        writer.Count(item.Bytes);
        writer.Count(item.Records);
        if (item.MaxTimestamp != previous.MaxTimestamp)
            writer.Signed(item.MaxTimestamp - previous.MaxTimestamp);
        if (item.ProducerId >= 0)
        {
            writer.Count(item.ProducerId);
            writer.Count(item.ProducerEpoch + 1);
            writer.Count(item.BaseSequence + 1L);
        }

        if (item.ExpectedOffset >= 0)
            writer.Count(item.ExpectedOffset);
    }

    private static SegmentItem ReadOne(ref FormatReader reader, in SegmentItem previous)
    {
        var flags = reader.Byte();
        if (flags > (HasProducer | HasExpectedOffset | HasSlot | HasTimestamp))
            throw reader.Corrupt($"an item has the unknown flags {flags}");
        var slot = (flags & HasSlot) != 0 ? previous.Slot + reader.Signed() : previous.Slot;
        var bytes = reader.Count32();
        var records = reader.Count32();
        var timestamp = (flags & HasTimestamp) != 0 ? previous.MaxTimestamp + reader.Signed() : previous.MaxTimestamp;
        if (slot is < 0 or > int.MaxValue || bytes == 0 || records == 0 || timestamp < -1)
            throw reader.Corrupt($"an item of slot {slot} has {bytes} bytes, {records} records and timestamp {timestamp}");
        var item = new SegmentItem((int)slot, bytes, records, timestamp);
        if ((flags & HasProducer) != 0)
            item = ReadProducer(ref reader, item);
        return (flags & HasExpectedOffset) != 0 ? item with { ExpectedOffset = reader.Count() } : item;
    }

    private static SegmentItem ReadProducer(ref FormatReader reader, in SegmentItem item)
    {
        var id = reader.Count();
        var epoch = reader.Count() - 1;
        var sequence = reader.Count() - 1;
        if (epoch > short.MaxValue || sequence > int.MaxValue)
            throw reader.Corrupt($"an item has producer epoch {epoch} and sequence {sequence}");
        return item with { ProducerId = id, ProducerEpoch = (short)epoch, BaseSequence = (int)sequence };
    }

    // What cannot be read back must not be written.
    private static void Check(in SegmentItem item)
    {
        if (item.Slot < 0 || item.Bytes <= 0 || item.Records <= 0 || item.MaxTimestamp < -1 || item.ProducerEpoch < -1
            || item.BaseSequence < -1)
            throw new ArgumentException($"not a segment item: {item}", nameof(item));
    }
}
