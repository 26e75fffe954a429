namespace CloudStream.Cluster.Groups.Registers;

/// <summary>A group's register as it was read or written last.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="Register">Its value.</param>
/// <param name="Version">Its version.</param>
internal sealed record KnownGroup(string GroupId, GroupRegister Register, long Version);
