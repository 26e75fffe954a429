namespace CloudStream.Cluster.Groups.Registers;

/// <summary>
/// Who coordinates a group: the holder of the group's shard in one epoch of its lease. A coordinator writes its claim with its first
/// change, and one that meets a later epoch than its own has been deposed. Epochs, not clocks, order coordinators.
/// </summary>
/// <param name="Epoch">The shard's epoch; 0 for nobody yet.</param>
/// <param name="Holder">The broker's incarnation; empty for nobody yet.</param>
internal readonly record struct GroupClaim(int Epoch, string Holder)
{
    /// <summary>Nobody has coordinated the group yet.</summary>
    public static GroupClaim None { get; } = new(0, "");
}
