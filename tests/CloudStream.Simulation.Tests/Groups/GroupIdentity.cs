namespace CloudStream.Simulation.Tests.Groups;

/// <summary>As whom somebody commits.</summary>
/// <param name="MemberId">Empty for no member.</param>
/// <param name="InstanceId">A static member's instance id, or null.</param>
/// <param name="Generation">-1 for no member.</param>
internal sealed record GroupIdentity(string MemberId = "", string? InstanceId = null, int Generation = -1)
{
    public CommitAttempt Attempt(string group, int partition, long offset, string token, long now) => new()
    {
        Group = group,
        Partition = partition,
        Offset = offset,
        Token = token,
        MemberId = MemberId,
        InstanceId = InstanceId,
        Generation = Generation,
        Invoked = now,
    };
}
