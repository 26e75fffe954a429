using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Storage.Formats;

namespace CloudStream.Log.Groups;

/// <summary>Bytes of groups, as checkpoints hold them, and of their changes, as entries do. Byte by byte in docs/FORMATS.md.</summary>
internal static class GroupCodec
{
    private const byte Committed = 1, Deleted = 2, Expired = 3, Formed = 4, Assigned = 5, Replaced = 6, Gone = 7;

    public static void WriteGroup(FormatWriter writer, StoredGroup group)
    {
        writer.Count(group.Generation);
        writer.String(group.ProtocolType);
        writer.String(group.ProtocolName);
        writer.String(group.LeaderId);
        writer.Byte(group.IsAssigned ? (byte)1 : (byte)0);
        writer.Count(group.EmptySinceMs);
        WriteMembers(writer, group.Members);
        WriteOffsets(writer, group.Offsets, 0);
    }

    public static StoredGroup ReadGroup(ref FormatReader reader) => new()
    {
        Generation = reader.Count32(),
        ProtocolType = reader.String(),
        ProtocolName = reader.String(),
        LeaderId = reader.String(),
        IsAssigned = ReadFlag(ref reader),
        EmptySinceMs = reader.Count(),
        Members = ReadMembers(ref reader),
        Offsets = ReadOffsets(ref reader, 0),
    };

    /// <param name="writer">Where to.</param>
    /// <param name="change">The change.</param>
    /// <param name="atMs">The entry's time: times of commits are differences to it.</param>
    public static void WriteChange(FormatWriter writer, GroupChange change, long atMs)
    {
        switch (change)
        {
            case OffsetsCommitted c:
                Begin(writer, Committed, c);
                WriteOffsets(writer, c.Offsets, atMs);
                break;
            case OffsetsDeleted c:
                Begin(writer, Deleted, c);
                WritePartitions(writer, c.Partitions);
                break;
            case OffsetsExpired c:
                Begin(writer, Expired, c);
                WriteOffsets(writer, c.Offsets, atMs);
                break;
            case GenerationFormed c:
                Begin(writer, Formed, c);
                writer.Count(c.Generation);
                writer.String(c.ProtocolType);
                writer.String(c.ProtocolName);
                writer.String(c.LeaderId);
                WriteMembers(writer, c.Members);
                break;
            case GenerationAssigned c:
                Begin(writer, Assigned, c);
                writer.Count(c.Generation);
                writer.Count(c.Assignments.Length);
                foreach (var assignment in c.Assignments)
                    writer.Bytes(assignment.Span);
                break;
            case MemberReplaced c:
                Begin(writer, Replaced, c);
                writer.Count(c.Generation);
                writer.String(c.FormerId);
                WriteMember(writer, c.Member);
                break;
            case GroupDeleted c: Begin(writer, Gone, c); break;
            default: throw new ArgumentException($"unknown change {change.GetType().Name}", nameof(change));
        }
    }

    public static GroupChange ReadChange(ref FormatReader reader, long atMs)
    {
        var tag = reader.Byte();
        var group = reader.String();
        return tag switch
        {
            Committed => new OffsetsCommitted(group, ReadOffsets(ref reader, atMs)),
            Deleted => new OffsetsDeleted(group, ReadPartitions(ref reader)),
            Expired => new OffsetsExpired(group, ReadOffsets(ref reader, atMs)),
            Formed => new GenerationFormed(
                group, reader.Count32(), reader.String(), reader.String(), reader.String(), ReadMembers(ref reader)),
            Assigned => new GenerationAssigned(group, reader.Count32(), ReadAssignments(ref reader)),
            Replaced => new MemberReplaced(group, reader.Count32(), reader.String(), ReadMember(ref reader)),
            Gone => new GroupDeleted(group),
            _ => throw reader.Corrupt($"unknown change of a group {tag}"),
        };
    }

    private static void Begin(FormatWriter writer, byte tag, GroupChange change)
    {
        writer.Byte(tag);
        writer.String(change.Group);
    }

    private static bool ReadFlag(ref FormatReader reader) => reader.Byte() switch
    {
        0 => false,
        1 => true,
        var flag => throw reader.Corrupt($"flag {flag}"),
    };

    private static void WriteMembers(FormatWriter writer, ImmutableArray<StoredMember> members)
    {
        writer.Count(members.Length);
        foreach (var member in members)
            WriteMember(writer, member);
    }

    private static ImmutableArray<StoredMember> ReadMembers(ref FormatReader reader)
    {
        var members = ImmutableArray.CreateBuilder<StoredMember>(reader.ElementCount(8));
        for (var i = members.Capacity; i > 0; i--)
            members.Add(ReadMember(ref reader));
        return members.DrainToImmutable();
    }

    private static void WriteMember(FormatWriter writer, StoredMember member)
    {
        writer.String(member.Id);
        writer.Byte(member.InstanceId is null ? (byte)0 : (byte)1);
        if (member.InstanceId is { } instance)
            writer.String(instance);
        writer.String(member.ClientId);
        writer.String(member.ClientHost);
        writer.Count(member.SessionTimeoutMs);
        writer.Count(member.RebalanceTimeoutMs);
        writer.Count(member.Protocols.Length);
        foreach (var protocol in member.Protocols)
        {
            writer.String(protocol.Name);
            writer.Bytes(protocol.Metadata.Span);
        }

        writer.Bytes(member.Assignment.Span);
    }

    private static StoredMember ReadMember(ref FormatReader reader)
    {
        var id = reader.String();
        var instance = ReadFlag(ref reader) ? reader.String() : null;
        var (client, host, session, rebalance) = (reader.String(), reader.String(), reader.Count32(), reader.Count32());
        var protocols = ImmutableArray.CreateBuilder<StoredProtocol>(reader.ElementCount(2));
        for (var i = protocols.Capacity; i > 0; i--)
            protocols.Add(new StoredProtocol(reader.String(), reader.Bytes().ToArray()));
        return new StoredMember(
            id, instance, client, host, session, rebalance, protocols.DrainToImmutable(), reader.Bytes().ToArray());
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> ReadAssignments(ref FormatReader reader)
    {
        var assignments = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>(reader.ElementCount(1));
        for (var i = assignments.Capacity; i > 0; i--)
            assignments.Add(reader.Bytes().ToArray());
        return assignments.DrainToImmutable();
    }

    private static void WritePartitions(FormatWriter writer, ImmutableArray<PartitionId> partitions)
    {
        writer.Count(partitions.Length);
        foreach (var partition in partitions)
        {
            writer.Guid(partition.TopicId);
            writer.Count(partition.Index);
        }
    }

    private static ImmutableArray<PartitionId> ReadPartitions(ref FormatReader reader)
    {
        var partitions = ImmutableArray.CreateBuilder<PartitionId>(reader.ElementCount(17));
        for (var i = partitions.Capacity; i > 0; i--)
            partitions.Add(new PartitionId(reader.Guid(), reader.Count32()));
        return partitions.DrainToImmutable();
    }

    private static void WriteOffsets(FormatWriter writer, ImmutableSortedDictionary<PartitionId, StoredOffset> offsets, long before)
    {
        var topics = offsets.GroupBy(o => o.Key.TopicId).ToList();
        writer.Count(topics.Count);
        foreach (var topic in topics)
        {
            writer.Guid(topic.Key);
            writer.Count(topic.Count());
            var next = 0;
            foreach (var (partition, entry) in topic)
            {
                writer.Count(partition.Index - next);
                writer.Signed(entry.Offset);
                writer.Count(entry.LeaderEpoch + 1L);
                writer.Signed(entry.CommitMs - before);
                writer.String(entry.Metadata);
                (next, before) = (partition.Index + 1, entry.CommitMs);
            }
        }
    }

    private static ImmutableSortedDictionary<PartitionId, StoredOffset> ReadOffsets(ref FormatReader reader, long before)
    {
        var offsets = StoredGroup.NoOffsets.ToBuilder();
        for (var topics = reader.ElementCount(17); topics > 0; topics--)
        {
            var topic = reader.Guid();
            long next = 0;
            for (var partitions = reader.ElementCount(5); partitions > 0; partitions--)
            {
                next += reader.Count32();
                var (offset, epoch) = (reader.Signed(), reader.Count() - 1);
                before += reader.Signed();
                if (next >= int.MaxValue || epoch > int.MaxValue)
                    throw reader.Corrupt($"partition {next} with epoch {epoch} of topic {topic} makes no sense");
                if (!offsets.TryAdd(new PartitionId(topic, (int)next), new StoredOffset(offset, (int)epoch, before, reader.String())))
                    throw reader.Corrupt($"partition {next} of topic {topic} makes no sense");
                next++;
            }
        }

        return offsets.ToImmutable();
    }
}
