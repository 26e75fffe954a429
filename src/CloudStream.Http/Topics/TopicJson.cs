using System.Text.Json;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.State;

namespace CloudStream.Http.Topics;

/// <summary>Writes topics.</summary>
internal static class TopicJson
{
    /// <summary>Name, id, partitions and explicit settings, as an object.</summary>
    public static void Write(Utf8JsonWriter json, TopicInfo topic)
    {
        json.WriteStartObject();
        WriteMembers(json, topic);
        json.WriteEndObject();
    }

    /// <summary>The same with every setting in force, the partitions' frontiers and what was given up of them.</summary>
    public static void Write(Utf8JsonWriter json, TopicDescription description)
    {
        json.WriteStartObject();
        WriteMembers(json, description.Topic);
        json.WriteStartArray("configEntries");
        foreach (var entry in description.Config)
            WriteEntry(json, entry);
        json.WriteEndArray();
        json.WriteStartArray("partitionDetails");
        foreach (var partition in description.Partitions)
            WritePartition(json, partition);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, TopicInfo topic)
    {
        json.WriteString("name", topic.Name);
        json.WriteString("id", topic.Id);
        json.WriteNumber("partitions", topic.PartitionCount);
        json.WriteStartObject("config");
        foreach (var (name, value) in topic.Config)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, ConfigEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("name", entry.Name);
        json.WriteString("value", entry.Value);
        json.WriteBoolean("isDefault", entry.IsDefault);
        json.WriteString("doc", entry.Doc);
        json.WriteEndObject();
    }

    private static void WritePartition(Utf8JsonWriter json, PartitionInfo partition)
    {
        json.WriteStartObject();
        json.WriteNumber("partition", partition.Partition);
        json.WriteNumber("shard", partition.Shard);
        json.WriteNumber("leader", partition.Leader);
        json.WriteNumber("leaderEpoch", partition.LeaderEpoch);
        json.WriteNumber("logStartOffset", partition.LogStartOffset);
        json.WriteNumber("highWatermark", partition.HighWatermark);
        json.WriteNumber("bytes", partition.Bytes);
        json.WriteStartArray("acceptedLosses");
        foreach (var loss in partition.AcceptedLosses)
            WriteLoss(json, loss);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLoss(Utf8JsonWriter json, AcceptedLoss loss)
    {
        json.WriteStartObject();
        json.WriteNumber("firstOffset", loss.BaseOffset);
        json.WriteNumber("lastOffset", loss.EndOffset - 1);
        json.WriteString("by", loss.By);
        json.WriteNumber("at", loss.AtMs);
        json.WriteEndObject();
    }
}
