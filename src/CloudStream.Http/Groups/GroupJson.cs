using System.Text.Json;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Topics;

namespace CloudStream.Http.Groups;

/// <summary>Writes groups.</summary>
internal static class GroupJson
{
    /// <summary>A group in a list.</summary>
    public static void Write(Utf8JsonWriter json, GroupListing group)
    {
        json.WriteStartObject();
        json.WriteString("group", group.GroupId);
        json.WriteString("type", GroupListing.GroupType);
        json.WriteString("protocolType", group.ProtocolType);
        json.WriteString("state", group.State.ToString());
        json.WriteEndObject();
    }

    /// <summary>A group with all that can be said about it.</summary>
    public static void Write(Utf8JsonWriter json, GroupLag lag)
    {
        var group = lag.Group;
        json.WriteStartObject();
        json.WriteString("group", group.GroupId);
        json.WriteString("type", GroupListing.GroupType);
        json.WriteString("protocolType", group.ProtocolType);
        json.WriteString("state", group.State.ToString());
        json.WriteNumber("generation", group.GenerationId);
        json.WriteString("assignor", group.ProtocolName);
        json.WriteString("leader", group.LeaderId);
        json.WriteNumber("coordinator", group.Coordinator);
        json.WriteStartArray("members");
        foreach (var member in group.Members)
            WriteMember(json, member);
        json.WriteEndArray();
        json.WriteStartArray("partitions");
        foreach (var partition in lag.Partitions)
            WritePartition(json, partition);
        json.WriteEndArray();
        json.WriteNumber("lag", lag.Partitions.Sum(p => p.Lag ?? 0));
        json.WriteEndObject();
    }

    /// <summary>A committed offset.</summary>
    public static void Write(Utf8JsonWriter json, in CommittedOffset offset)
    {
        json.WriteStartObject();
        json.WriteString("topic", offset.Partition.Topic);
        json.WriteNumber("partition", offset.Partition.Partition);
        WriteCommit(json, offset, "offset");
        json.WriteEndObject();
    }

    /// <summary>Partitions by topic, as the member <c>assignment</c>.</summary>
    public static void WriteAssignment(Utf8JsonWriter json, IReadOnlyList<TopicPartition> partitions)
    {
        json.WriteStartArray("assignment");
        foreach (var topic in partitions.GroupBy(p => p.Topic, StringComparer.Ordinal).OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("topic", topic.Key);
            json.WriteStartArray("partitions");
            foreach (var partition in topic.Select(p => p.Partition).Order())
                json.WriteNumberValue(partition);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMember(Utf8JsonWriter json, MemberDescription member)
    {
        json.WriteStartObject();
        json.WriteString("memberId", member.MemberId);
        if (member.GroupInstanceId is not null)
            json.WriteString("instanceId", member.GroupInstanceId);
        json.WriteString("clientId", member.ClientId);
        json.WriteString("host", member.ClientHost);
        WriteAssignment(json, ConsumerAssignment.TryRead(member.Assignment.Span, out var assignment) ? assignment.Partitions : []);
        json.WriteEndObject();
    }

    private static void WritePartition(Utf8JsonWriter json, PartitionLag lag)
    {
        json.WriteStartObject();
        json.WriteString("topic", lag.Committed.Partition.Topic);
        json.WriteNumber("partition", lag.Committed.Partition.Partition);
        WriteCommit(json, lag.Committed, "committedOffset");
        json.WriteNumber("logStartOffset", lag.LogStartOffset);
        json.WriteNumber("logEndOffset", lag.HighWatermark);
        if (lag.Lag is { } behind)
            json.WriteNumber("lag", behind);
        else
            json.WriteNull("lag");
        if (lag.MemberId is not null)
            json.WriteString("memberId", lag.MemberId);
        json.WriteEndObject();
    }

    private static void WriteCommit(Utf8JsonWriter json, in CommittedOffset offset, string name)
    {
        if (offset.Offset < 0)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteNumber(name, offset.Offset);
        if (offset.LeaderEpoch >= 0)
            json.WriteNumber("leaderEpoch", offset.LeaderEpoch);
        if (offset.Metadata.Length > 0)
            json.WriteString("metadata", offset.Metadata);
        json.WriteNumber("committedAt", offset.CommitTimestamp);
    }
}
