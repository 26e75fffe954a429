namespace CloudStream.Cluster.Groups.Registers;

/// <summary>
/// What the next coordinator must know of a member: with it the member goes on committing until it has joined again, and a static member
/// keeps its place. What it subscribed to and was assigned lives in the coordinator's memory alone.
/// </summary>
/// <param name="MemberId">Its id.</param>
/// <param name="GroupInstanceId">A static member's instance id, or null.</param>
/// <param name="SessionTimeoutMs">How long it may be silent.</param>
/// <param name="RebalanceTimeoutMs">How long it may take to join again.</param>
internal sealed record RememberedMember(string MemberId, string? GroupInstanceId, int SessionTimeoutMs, int RebalanceTimeoutMs);
