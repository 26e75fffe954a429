using System.Text.Json;
using CloudStream.Cli.Shell;
using CloudStream.Client.Admin;

namespace CloudStream.Cli.Topics;

/// <summary>Topics as JSON, in the HTTP API's words. Written by hand: no reflection at start-up.</summary>
internal static class TopicJson
{
    public static void Print(TopicDescription topic) => JsonOutput.Print(writer => Write(writer, topic));

    public static void Print(IReadOnlyList<TopicDescription> topics) => JsonOutput.Print(writer =>
    {
        writer.WriteStartArray();
        foreach (TopicDescription topic in topics)
            Write(writer, topic);
        writer.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter writer, TopicDescription topic)
    {
        writer.WriteStartObject();
        writer.WriteString("name", topic.Name);
        writer.WriteString("id", topic.Id);
        writer.WriteNumber("partitions", topic.PartitionCount);
        writer.WriteStartObject("config");
        foreach ((string name, string value) in topic.Config)
            writer.WriteString(name, value);
        writer.WriteEndObject();
        if (topic.ConfigEntries.Count > 0)
            WriteEntries(writer, topic.ConfigEntries);
        if (topic.Partitions.Count > 0)
            WritePartitions(writer, topic.Partitions);
        writer.WriteEndObject();
    }

    private static void WriteEntries(Utf8JsonWriter writer, IReadOnlyList<TopicConfigEntry> entries)
    {
        writer.WriteStartArray("configEntries");
        foreach (TopicConfigEntry entry in entries)
        {
            writer.WriteStartObject();
            writer.WriteString("name", entry.Name);
            writer.WriteString("value", entry.Value);
            writer.WriteBoolean("isDefault", entry.IsDefault);
            writer.WriteString("doc", entry.Documentation);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WritePartitions(Utf8JsonWriter writer, IReadOnlyList<PartitionDescription> partitions)
    {
        writer.WriteStartArray("partitionDetails");
        foreach (PartitionDescription partition in partitions)
        {
            writer.WriteStartObject();
            writer.WriteNumber("partition", partition.Partition);
            writer.WriteNumber("shard", partition.Shard);
            writer.WriteNumber("leader", partition.Leader);
            writer.WriteNumber("leaderEpoch", partition.LeaderEpoch);
            writer.WriteNumber("logStartOffset", partition.LogStartOffset);
            writer.WriteNumber("highWatermark", partition.HighWatermark);
            writer.WriteNumber("bytes", partition.Bytes);
            WriteLosses(writer, partition.AcceptedLosses);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteLosses(Utf8JsonWriter writer, IReadOnlyList<AcceptedLoss> losses)
    {
        writer.WriteStartArray("acceptedLosses");
        foreach (AcceptedLoss loss in losses)
        {
            writer.WriteStartObject();
            writer.WriteNumber("firstOffset", loss.FirstOffset);
            writer.WriteNumber("lastOffset", loss.LastOffset);
            writer.WriteString("by", loss.By);
            writer.WriteNumber("at", loss.At.ToUnixTimeMilliseconds());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
