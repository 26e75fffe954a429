using CloudStream.Cluster.Groups.Registers;
using CloudStream.Log.Runtime;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>What the groups of one broker share.</summary>
/// <param name="Registers">The groups' registers.</param>
/// <param name="Settings">The settings in force.</param>
/// <param name="Runtime">Time and randomness.</param>
/// <param name="OwnClaim">What this broker claims a group under at present; null when it does not coordinate it.</param>
/// <param name="Metrics">What is counted.</param>
/// <param name="Log">Where the groups log.</param>
internal sealed record GroupContext(
    GroupRegisters Registers, GroupSettings Settings, BrokerRuntime Runtime, Func<string, GroupClaim?> OwnClaim, GroupMetrics Metrics,
    ILogger Log);
