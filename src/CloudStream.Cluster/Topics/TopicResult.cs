using CloudStream.Log.Calls;

namespace CloudStream.Cluster.Topics;

/// <summary>The outcome of a topic operation.</summary>
/// <param name="Error">None, or why nothing changed.</param>
/// <param name="Topic">The topic after the operation; null on error.</param>
/// <param name="Detail">What, where and the limit; null on success.</param>
public readonly record struct TopicResult(ErrorCode Error, TopicInfo? Topic = null, string? Detail = null);
