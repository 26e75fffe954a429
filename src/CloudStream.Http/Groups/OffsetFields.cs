using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Requests;

namespace CloudStream.Http.Groups;

/// <summary>Reads offsets and partitions from request bodies.</summary>
internal static class OffsetFields
{
    /// <summary>The offsets to commit; null when the member is absent.</summary>
    public static List<OffsetCommit>? ReadOffsets(JsonFields body) =>
        body.Objects("offsets", "topic", "partition", "offset", "leaderEpoch", "metadata")?.ConvertAll(o => new OffsetCommit(
            PartitionOf(o),
            o.Integer("offset", 0, long.MaxValue) ?? throw o.Missing("offset"),
            (int)(o.Integer("leaderEpoch", -1, int.MaxValue) ?? -1),
            o.Text("metadata")));

    /// <summary>The partitions; null when the member is absent.</summary>
    public static List<TopicPartition>? ReadPartitions(JsonFields body, string name = "partitions") =>
        body.Objects(name, "topic", "partition")?.ConvertAll(PartitionOf);

    private static TopicPartition PartitionOf(JsonFields fields) =>
        new(fields.Text("topic") ?? throw fields.Missing("topic"),
            (int)(fields.Integer("partition", 0, int.MaxValue) ?? throw fields.Missing("partition")));
}
