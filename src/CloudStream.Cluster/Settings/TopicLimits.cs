namespace CloudStream.Cluster.Settings;

/// <summary>Limits of topics.</summary>
internal static class TopicLimits
{
    /// <summary>Most partitions of one topic.</summary>
    public const int MaxPartitions = 10_000;
}
