namespace CloudStream.Storage.Objects;

/// <summary>One object of a listing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SizeBytes">Its size in bytes.</param>
public readonly record struct ObjectInfo(string Name, long SizeBytes);
