namespace CloudStream.Client.Admin;

/// <summary>The cluster and the broker that answered.</summary>
/// <param name="ClusterId">The same for all brokers and for ever.</param>
/// <param name="BrokerId">Who answered.</param>
/// <param name="Version">The broker's version.</param>
/// <param name="IsReady">Whether it serves requests.</param>
public sealed record ClusterDescription(string ClusterId, int BrokerId, string Version, bool IsReady);

/// <summary>The ends of a log.</summary>
/// <param name="Low">The lowest offset that is still there.</param>
/// <param name="High">The offset after the last record.</param>
public readonly record struct Watermarks(long Low, long High);
