using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Entries;

/// <summary>Bytes of an entry: tag, time, fields. Byte by byte in docs/FORMATS.md.</summary>
internal static class EntryCodec
{
    private const byte FlushInline = 1, FlushPointer = 2, Holder = 3, Merge = 4, Page = 5, Trim = 6, Created = 7, Deleted = 8,
        Checkpoint = 9, Horizon = 10, TrashEmptied = 11, ProducersExpired = 12, LossAccepted = 13, Groups = 14, InObject = 15,
        FlushWithRecords = 16;

    public static void Write(FormatWriter writer, Entry entry)
    {
        switch (entry)
        {
            case FlushEntry e: WriteFlush(writer, e); break;
            case InlineFlushEntry e: WriteInlineFlush(writer, e); break;
            case HolderEntry e: WriteHolder(writer, e); break;
            case MergeEntry e: WriteMerge(writer, e); break;
            case PageEntry e: WritePage(writer, e); break;
            case TrimEntry e: WriteTrim(writer, e); break;
            case PartitionCreatedEntry e: WritePartition(writer, Created, e.AtMs, e.Partition); break;
            case PartitionDeletedEntry e: WritePartition(writer, Deleted, e.AtMs, e.Partition); break;
            case CheckpointEntry e:
                Begin(writer, Checkpoint, e.AtMs);
                writer.ObjectRef(e.Checkpoint);
                writer.Count(e.StateVersion);
                WriteSpill(writer, e.Spill);
                break;
            case HorizonEntry e:
                Begin(writer, Horizon, e.AtMs);
                writer.Count(e.Horizon);
                break;
            case TrashEmptiedEntry e:
                Begin(writer, TrashEmptied, e.AtMs);
                writer.Count(e.Count);
                writer.ObjectRef(e.Last);
                break;
            case ProducersExpiredEntry e:
                Begin(writer, ProducersExpired, e.AtMs);
                writer.Count(e.BeforeMs);
                break;
            case LossAcceptedEntry e:
                Begin(writer, LossAccepted, e.AtMs);
                writer.Count(e.Slot);
                writer.Count(e.BaseOffset);
                writer.Count(e.EndOffset - e.BaseOffset);
                writer.String(e.By);
                break;
            case GroupsEntry e: WriteGroups(writer, e); break;
            case ObjectEntry e:
                Begin(writer, InObject, e.AtMs);
                writer.ObjectRef(e.Object);
                writer.Count(e.Bytes);
                break;
            default: throw new ArgumentException($"unknown entry {entry.GetType().Name}", nameof(entry));
        }
    }

    public static Entry Read(ref FormatReader reader)
    {
        var tag = reader.Byte();
        var at = reader.Count();
        return tag switch
        {
            FlushInline or FlushPointer => ReadFlush(ref reader, at, tag),
            FlushWithRecords => ReadInlineFlush(ref reader, at),
            Holder => new HolderEntry(at, reader.Count32(), reader.Byte() == 0 ? null : reader.String()),
            Merge => ReadMerge(ref reader, at),
            Page => new PageEntry(at, reader.Count32(), ReadPageRef(ref reader), reader.Count32()),
            Trim => ReadTrim(ref reader, at),
            Created => new PartitionCreatedEntry(at, ReadPartition(ref reader)),
            Deleted => new PartitionDeletedEntry(at, ReadPartition(ref reader)),
            Checkpoint => new CheckpointEntry(at, reader.ObjectRef(), reader.Count(), ReadSpill(ref reader)),
            Horizon => new HorizonEntry(at, reader.Count()),
            TrashEmptied => new TrashEmptiedEntry(at, reader.Count32(), reader.ObjectRef()),
            ProducersExpired => new ProducersExpiredEntry(at, reader.Count()),
            LossAccepted => ReadLoss(ref reader, at),
            Groups => ReadGroups(ref reader, at),
            InObject => new ObjectEntry(at, reader.ObjectRef(), reader.Count32(), null),
            _ => throw reader.Corrupt($"unknown entry tag {tag}"),
        };
    }

    public static void WriteSpill(FormatWriter writer, SpillRef? spill)
    {
        writer.Byte(spill is null ? (byte)0 : (byte)1);
        if (spill is not { } written)
            return;
        writer.ObjectRef(written.Object);
        writer.Count(written.From);
    }

    public static SpillRef? ReadSpill(ref FormatReader reader) =>
        reader.Byte() == 0 ? null : new SpillRef(reader.ObjectRef(), reader.Count());

    public static void WritePageRef(FormatWriter writer, PageRef page)
    {
        writer.ObjectRef(page.Page);
        writer.Count(page.Level);
        writer.Count(page.BaseOffset);
        writer.Count(page.EndOffset - page.BaseOffset);
        writer.Signed(page.MaxTimestamp);
        writer.Count(page.Bytes);
    }

    public static PageRef ReadPageRef(ref FormatReader reader)
    {
        var reference = reader.ObjectRef();
        var level = reader.Count32();
        var start = reader.Count();
        return new PageRef(reference, level, start, start + reader.Count(), reader.Signed(), reader.Count());
    }

    private static void Begin(FormatWriter writer, byte tag, long atMs)
    {
        writer.Byte(tag);
        writer.Count(atMs);
    }

    private static void WriteFlush(FormatWriter writer, FlushEntry e)
    {
        Begin(writer, e.Pointer is null ? FlushInline : FlushPointer, e.AtMs);
        writer.ObjectRef(e.Object);
        writer.Byte(e.Leaseless ? (byte)1 : (byte)0);
        if (e.Pointer is { } pointer)
        {
            writer.Count(pointer.Position);
            writer.Count(pointer.Length);
            writer.UInt32(pointer.Crc);
        }
        else
        {
            FlushDirectoryCodec.WriteItems(writer, e.Items.AsSpan());
        }
    }

    private static FlushEntry ReadFlush(ref FormatReader reader, long at, byte tag)
    {
        var reference = reader.ObjectRef();
        var leaseless = reader.Byte() != 0;
        return tag == FlushPointer
            ? new FlushEntry(at, reference, leaseless, default, new DirectoryPointer(reader.Count(), reader.Count32(), reader.UInt32()))
            : new FlushEntry(at, reference, leaseless, FlushDirectoryCodec.ReadItems(ref reader), null);
    }

    private static void WriteInlineFlush(FormatWriter writer, InlineFlushEntry e)
    {
        Begin(writer, FlushWithRecords, e.AtMs);
        writer.Byte(e.Leaseless ? (byte)1 : (byte)0);
        FlushDirectoryCodec.WriteItems(writer, e.Records.Items.AsSpan());
        writer.Raw(e.Records.Bytes.Span); // As many as the items say.
    }

    private static InlineFlushEntry ReadInlineFlush(ref FormatReader reader, long at)
    {
        var leaseless = reader.Byte() != 0;
        var items = FlushDirectoryCodec.ReadItems(ref reader);
        var bytes = 0L;
        foreach (var item in items)
            bytes += item.Bytes;
        if (bytes > reader.Remaining)
            throw reader.Corrupt($"a flush of {bytes} bytes cannot lie in {reader.Remaining}");
        return new InlineFlushEntry(at, leaseless, new InlineRecords(items, reader.Take((int)bytes).ToArray()));
    }

    private static void WriteHolder(FormatWriter writer, HolderEntry e)
    {
        Begin(writer, Holder, e.AtMs);
        writer.Count(e.Epoch);
        writer.Byte(e.Holder is null ? (byte)0 : (byte)1);
        if (e.Holder is not null)
            writer.String(e.Holder);
    }

    private static void WriteMerge(FormatWriter writer, MergeEntry e)
    {
        Begin(writer, Merge, e.AtMs);
        writer.Count(e.InputCount);
        writer.Count(e.Outputs.Length);
        foreach (var output in e.Outputs)
        {
            writer.ObjectRef(output.Object);
            writer.Count(output.Level);
            writer.Count(output.Slices.Length);
            foreach (var slice in output.Slices)
            {
                writer.Count(slice.Slot);
                writer.Count(slice.Bytes);
                writer.Count(slice.BaseOffset);
                writer.Count(slice.EndOffset - slice.BaseOffset);
                writer.Signed(slice.MaxTimestamp);
                writer.Count(slice.LeaderEpoch);
            }
        }
    }

    private static MergeEntry ReadMerge(ref FormatReader reader, long at)
    {
        var inputs = reader.Count32();
        var outputs = ImmutableArray.CreateBuilder<MergeOutput>();
        var count = reader.ElementCount(12);
        if (count == 0)
            throw reader.Corrupt("a merge without outputs");
        for (var i = 0; i < count; i++)
        {
            var reference = reader.ObjectRef();
            var level = reader.Count32();
            var slices = ImmutableArray.CreateBuilder<MergeOutputSlice>(reader.ElementCount(6));
            for (var s = slices.Capacity; s > 0; s--)
            {
                var (slot, bytes, start) = (reader.Count32(), reader.Count(), reader.Count());
                slices.Add(new MergeOutputSlice(slot, bytes, start, start + reader.Count(), reader.Signed(), reader.Count32()));
            }

            outputs.Add(new MergeOutput(reference, level, slices.DrainToImmutable()));
        }

        return new MergeEntry(at, outputs.ToImmutable(), inputs);
    }

    private static void WritePage(FormatWriter writer, PageEntry e)
    {
        Begin(writer, Page, e.AtMs);
        writer.Count(e.Slot);
        WritePageRef(writer, e.Page);
        writer.Count(e.ReplacedPages);
    }

    private static void WriteTrim(FormatWriter writer, TrimEntry e)
    {
        Begin(writer, Trim, e.AtMs);
        writer.Count(e.Slot);
        writer.Count(e.NewLogStartOffset);
        writer.Count(e.DeadInPages.Length);
        foreach (var dead in e.DeadInPages)
            writer.ObjectRef(dead);
    }

    private static TrimEntry ReadTrim(ref FormatReader reader, long at)
    {
        var (slot, start) = (reader.Count32(), reader.Count());
        var dead = ImmutableArray.CreateBuilder<ObjectRef>(reader.ElementCount(10));
        for (var i = dead.Capacity; i > 0; i--)
            dead.Add(reader.ObjectRef());
        return new TrimEntry(at, slot, start, dead.DrainToImmutable());
    }

    private static LossAcceptedEntry ReadLoss(ref FormatReader reader, long at)
    {
        var (slot, start) = (reader.Count32(), reader.Count());
        return new LossAcceptedEntry(at, slot, start, start + reader.Count(), reader.String());
    }

    private static void WriteGroups(FormatWriter writer, GroupsEntry e)
    {
        Begin(writer, Groups, e.AtMs);
        writer.Count(e.Epoch);
        writer.Count(e.Changes.Length);
        foreach (var change in e.Changes)
            GroupCodec.WriteChange(writer, change, e.AtMs);
    }

    private static GroupsEntry ReadGroups(ref FormatReader reader, long at)
    {
        var epoch = reader.Count32();
        var changes = ImmutableArray.CreateBuilder<GroupChange>(reader.ElementCount(2));
        for (var i = changes.Capacity; i > 0; i--)
            changes.Add(GroupCodec.ReadChange(ref reader, at));
        return new GroupsEntry(at, epoch, changes.DrainToImmutable());
    }

    private static void WritePartition(FormatWriter writer, byte tag, long at, PartitionId partition)
    {
        Begin(writer, tag, at);
        writer.Guid(partition.TopicId);
        writer.Count(partition.Index);
    }

    private static PartitionId ReadPartition(ref FormatReader reader) => new(reader.Guid(), reader.Count32());
}
