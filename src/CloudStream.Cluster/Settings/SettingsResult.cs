using CloudStream.Log.Calls;

namespace CloudStream.Cluster.Settings;

/// <summary>The outcome of altering settings.</summary>
/// <param name="Error">None, or why nothing changed.</param>
/// <param name="Detail">What, where and the limit; null on success.</param>
public readonly record struct SettingsResult(ErrorCode Error, string? Detail = null);
