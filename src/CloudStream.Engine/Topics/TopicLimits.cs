namespace CloudStream.Engine.Topics;

/// <summary>Limits of topics.</summary>
internal static class TopicLimits
{
    /// <summary>Most partitions of one topic.</summary>
    public const int MaxPartitions = 10_000;
}
