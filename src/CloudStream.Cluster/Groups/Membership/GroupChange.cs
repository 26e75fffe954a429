using CloudStream.Cluster.Groups.Registers;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>A change of a group's register that waits to be written, and what follows from its outcome.</summary>
/// <param name="Apply">Makes the new value of the newest one; runs again after each lost race, and off the loop.</param>
/// <param name="Conclude">Runs on the group's loop with None once the change is in the store, or with why it is not (or nobody
/// knows).</param>
internal sealed record GroupChange(Func<GroupRegister, GroupRegister> Apply, Action<GroupError> Conclude);
