namespace CloudStream.Log.State;

/// <summary>The id of a committed object-bearing entry and the version that committed it.</summary>
public readonly record struct CommittedId(ulong Id, long Version);
