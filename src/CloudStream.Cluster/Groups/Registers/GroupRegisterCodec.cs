using System.Collections.Immutable;
using CloudStream.Cluster.Registers;
using CloudStream.Log.Calls;
using CloudStream.Storage;
using CloudStream.Storage.Formats;

namespace CloudStream.Cluster.Groups.Registers;

/// <summary>The bytes of a group's register, as docs/FORMATS.md has them.</summary>
internal static class GroupRegisterCodec
{
    private static ReadOnlySpan<byte> Magic => "CSGR"u8;

    public static ReadOnlyMemory<byte> Encode(GroupRegister group)
    {
        var writer = RegisterFormat.Begin(Magic);
        writer.Count(group.Claim.Epoch);
        writer.String(group.Claim.Holder);
        writer.Count(group.Generation);
        writer.String(group.ProtocolType);
        writer.String(group.ProtocolName);
        writer.Count(group.EmptySinceMs);
        writer.Count(group.Members.Length);
        foreach (var member in group.Members)
            Encode(writer, member);
        writer.Count(group.RecentChanges.Length);
        foreach (var change in group.RecentChanges)
            writer.UInt64(change);
        EncodeOffsets(writer, group.Offsets);
        if (group.LongName is { } name)
            writer.String(name);
        return writer.Written;
    }

    /// <exception cref="StoreException">Corrupt: it is something else. Refused: it is of a newer format.</exception>
    public static GroupRegister Decode(ReadOnlyMemory<byte> value, string key)
    {
        var reader = RegisterFormat.Open(value, Magic, key);
        var group = new GroupRegister
        {
            Claim = new GroupClaim(reader.Count32(), reader.String()),
            Generation = reader.Count32(),
            ProtocolType = reader.String(),
            ProtocolName = reader.String(),
            EmptySinceMs = reader.Count(),
            Members = DecodeMembers(ref reader),
            RecentChanges = DecodeChanges(ref reader),
            Offsets = DecodeOffsets(ref reader),
            LongName = GroupKeys.IsHash(key) ? reader.String() : null,
        };
        reader.End();
        return group;
    }

    private static void Encode(FormatWriter writer, RememberedMember member)
    {
        writer.String(member.MemberId);
        writer.Byte(member.GroupInstanceId is null ? (byte)0 : (byte)1);
        if (member.GroupInstanceId is { } instance)
            writer.String(instance);
        writer.Count(member.SessionTimeoutMs);
        writer.Count(member.RebalanceTimeoutMs);
    }

    private static ImmutableArray<RememberedMember> DecodeMembers(ref FormatReader reader)
    {
        var members = ImmutableArray.CreateBuilder<RememberedMember>(reader.ElementCount(4));
        for (var i = members.Capacity; i > 0; i--)
        {
            var id = reader.String();
            var instance = reader.Byte() switch
            {
                0 => null,
                1 => reader.String(),
                var flag => throw reader.Corrupt($"flag {flag}"),
            };
            members.Add(new RememberedMember(id, instance, reader.Count32(), reader.Count32()));
        }

        return members.DrainToImmutable();
    }

    private static ImmutableArray<ulong> DecodeChanges(ref FormatReader reader)
    {
        var changes = new ulong[reader.ElementCount(8)];
        for (var i = 0; i < changes.Length; i++)
            changes[i] = reader.UInt64();
        return [.. changes];
    }

    private static void EncodeOffsets(FormatWriter writer, ImmutableSortedDictionary<PartitionId, OffsetEntry> offsets)
    {
        var topics = offsets.GroupBy(o => o.Key.TopicId).ToList();
        writer.Count(topics.Count);
        long before = 0;
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

    private static ImmutableSortedDictionary<PartitionId, OffsetEntry> DecodeOffsets(ref FormatReader reader)
    {
        var offsets = GroupRegister.NoOffsets.ToBuilder();
        long before = 0;
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
                if (!offsets.TryAdd(new PartitionId(topic, (int)next), new OffsetEntry(offset, (int)epoch, before, reader.String())))
                    throw reader.Corrupt($"partition {next} of topic {topic} makes no sense");
                next++;
            }
        }

        return offsets.ToImmutable();
    }
}
