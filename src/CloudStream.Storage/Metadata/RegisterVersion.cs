namespace CloudStream.Storage.Metadata;

/// <summary>How far the history of a key has come.</summary>
/// <param name="Version">The version of its last change, a delete included; 0 when it was never written. A put must expect exactly
/// this.</param>
/// <param name="Exists">Whether there is a register; false: it was never written or is deleted.</param>
public readonly record struct RegisterVersion(long Version, bool Exists);
