using System.Globalization;
using CloudStream.Log.Entries;
using CloudStream.Log.Groups;
using CloudStream.Storage.Segments;

namespace CloudStream.Cli.Inspect;

/// <summary>An entry of a shard's journal in one line.</summary>
internal static class EntryText
{
    public static string Of(Entry entry, int shard)
    {
        string at = DateTimeOffset.FromUnixTimeMilliseconds(entry.AtMs).ToString(
            "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string what = entry switch
        {
            FlushEntry flush => $"flush {flush.Object.NameIn(shard)} {Items(flush)}{(flush.Leaseless ? " (without the lease)" : "")}",
            InlineFlushEntry flush =>
                $"flush with its {flush.Records.Bytes.Length} bytes of records {Items(flush.Records.Items)}"
                    + (flush.Leaseless ? " (without the lease)" : ""),
            HolderEntry holder => $"holder {holder.Holder ?? "nobody"} epoch {holder.Epoch}",
            MergeEntry merge =>
                $"merge of {merge.InputCount} objects into {string.Join(", ", merge.Outputs.Select(o => o.Object.NameIn(shard)))}",
            PageEntry page =>
                $"index page {page.Page.Page.NameIn(shard)} level {page.Page.Level} of slot {page.Slot}, offsets {page.Page.BaseOffset} "
                    + $"to {page.Page.EndOffset}",
            TrimEntry trim => $"trim of slot {trim.Slot} to {trim.NewLogStartOffset}",
            PartitionCreatedEntry created => $"partition {created.Partition.Index} of topic {created.Partition.TopicId} created",
            PartitionDeletedEntry deleted => $"partition {deleted.Partition.Index} of topic {deleted.Partition.TopicId} deleted",
            CheckpointEntry checkpoint =>
                $"checkpoint {checkpoint.Checkpoint.NameIn(shard)} of version {checkpoint.StateVersion}"
                    + (checkpoint.Spill is { } to ? $", inline records from commit {to.From} on in {to.Object.NameIn(shard)}" : ""),
            HorizonEntry horizon => $"horizon {horizon.Horizon}",
            TrashEmptiedEntry trash => $"{trash.Count} trash items deleted up to {trash.Last.NameIn(shard)}",
            ProducersExpiredEntry expired => $"producers idle since before {expired.BeforeMs} forgotten",
            LossAcceptedEntry loss =>
                $"loss of offsets {loss.BaseOffset} to {loss.EndOffset - 1} of slot {loss.Slot} accepted by {loss.By}",
            GroupsEntry groups => $"groups under epoch {groups.Epoch}: {string.Join("; ", groups.Changes.Select(Change))}",
            ObjectEntry large => $"entry of {large.Bytes} bytes in {large.Object.NameIn(shard)}",
            _ => entry.ToString()!,
        };
        return $"{at} {what}";
    }

    private static string Change(GroupChange change) => change switch
    {
        OffsetsCommitted c => $"{c.Group} commits {c.Offsets.Count} offsets",
        OffsetsDeleted c => $"{c.Group} loses the offsets of {c.Partitions.Length} partitions",
        OffsetsExpired c => $"{c.Group} loses {c.Offsets.Count} expired offsets",
        GenerationFormed c => $"{c.Group} forms generation {c.Generation} of {c.Members.Length} members",
        GenerationAssigned c => $"{c.Group} has its assignments of generation {c.Generation}",
        MemberReplaced c => $"{c.Group} has {c.Member.Id} in the place of {c.FormerId}",
        GroupDeleted c => $"{c.Group} deleted",
        _ => change.ToString(),
    };

    private static string Items(FlushEntry flush)
    {
        if (flush.Pointer is { } pointer)
            return $"with its directory of {pointer.Length} bytes at {pointer.Position}";
        return Items(flush.Items);
    }

    private static string Items(IEnumerable<SegmentItem> items) => string.Join(", ", items.GroupBy(i => i.Slot).Select(Slice));

    private static string Slice(IGrouping<int, SegmentItem> items) =>
        $"slot {items.Key}: {items.Sum(i => i.Records)} records in {items.Sum(i => (long)i.Bytes)} bytes";
}
