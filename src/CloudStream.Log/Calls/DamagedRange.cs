namespace CloudStream.Log.Calls;

/// <summary>Offsets of a partition that cannot be read because what is stored is missing or fails its checks.</summary>
/// <param name="BaseOffset">The first of them.</param>
/// <param name="EndOffset">One past the last.</param>
/// <param name="ObjectName">The object that is to blame; null when it is the index.</param>
public sealed record DamagedRange(long BaseOffset, long EndOffset, string? ObjectName);
