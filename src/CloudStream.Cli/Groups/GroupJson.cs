using System.Text.Json;
using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Client.Admin;

namespace CloudStream.Cli.Groups;

/// <summary>Groups as JSON, in the HTTP API's words.</summary>
internal static class GroupJson
{
    public static void Print(IReadOnlyList<GroupListing> groups) => JsonOutput.Print(writer =>
    {
        writer.WriteStartArray();
        foreach (GroupListing group in groups)
        {
            writer.WriteStartObject();
            writer.WriteString("group", group.Group);
            writer.WriteString("type", group.Type);
            writer.WriteString("protocolType", group.ProtocolType);
            writer.WriteString("state", group.State);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    public static void Print(GroupDescription group) => JsonOutput.Print(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("group", group.Group);
        writer.WriteString("protocolType", group.ProtocolType);
        writer.WriteString("state", group.State);
        writer.WriteNumber("generation", group.Generation);
        writer.WriteString("assignor", group.Assignor);
        writer.WriteString("leader", group.Leader);
        writer.WriteNumber("coordinator", group.Coordinator);
        writer.WriteStartArray("members");
        foreach (GroupMemberDescription member in group.Members)
            Write(writer, member);
        writer.WriteEndArray();
        writer.WriteStartArray("partitions");
        foreach (GroupPartition partition in group.Partitions)
            Write(writer, partition);
        writer.WriteEndArray();
        writer.WriteNumber("lag", group.Lag);
        writer.WriteEndObject();
    });

    public static void Print(IReadOnlyList<OffsetMove> moves, bool dryRun) => JsonOutput.Print(writer =>
    {
        writer.WriteStartObject();
        writer.WriteBoolean("dryRun", dryRun);
        writer.WriteStartArray("offsets");
        foreach (OffsetMove move in moves)
        {
            writer.WriteStartObject();
            WritePlace(writer, move.Partition);
            Write(writer, "before", move.Before);
            writer.WriteNumber("offset", move.Offset);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter writer, GroupMemberDescription member)
    {
        writer.WriteStartObject();
        writer.WriteString("memberId", member.MemberId);
        if (member.InstanceId is not null)
            writer.WriteString("instanceId", member.InstanceId);
        writer.WriteString("clientId", member.ClientId);
        writer.WriteString("host", member.Host);
        writer.WriteStartArray("assignment");
        foreach (IGrouping<string, TopicPartition> topic in member.Assignment.GroupBy(p => p.Topic, StringComparer.Ordinal))
        {
            writer.WriteStartObject();
            writer.WriteString("topic", topic.Key);
            writer.WriteStartArray("partitions");
            foreach (TopicPartition partition in topic)
                writer.WriteNumberValue(partition.Partition);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, GroupPartition partition)
    {
        writer.WriteStartObject();
        WritePlace(writer, partition.Partition);
        Write(writer, "committedOffset", partition.CommittedOffset);
        writer.WriteNumber("logStartOffset", partition.LogStartOffset);
        writer.WriteNumber("logEndOffset", partition.LogEndOffset);
        Write(writer, "lag", partition.Lag);
        if (partition.MemberId is not null)
            writer.WriteString("memberId", partition.MemberId);
        writer.WriteEndObject();
    }

    private static void WritePlace(Utf8JsonWriter writer, TopicPartition partition)
    {
        writer.WriteString("topic", partition.Topic);
        writer.WriteNumber("partition", partition.Partition);
    }

    private static void Write(Utf8JsonWriter writer, string name, long? number)
    {
        if (number is { } value)
            writer.WriteNumber(name, value);
        else
            writer.WriteNull(name);
    }
}
