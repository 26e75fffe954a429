using System.Diagnostics.Metrics;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>
/// The instruments of the groups that this broker coordinates and has in memory, by OpenTelemetry's naming. One set per broker.
/// Thread-safe.
/// </summary>
internal sealed class GroupMetrics
{
    private static readonly GroupState[] s_states = [GroupState.Empty, GroupState.PreparingRebalance, GroupState.CompletingRebalance,
        GroupState.Stable];

    private readonly Counter<long> _rebalances;
    private readonly Counter<long> _commits;
    private Func<IReadOnlyList<Group>> _groups = static () => [];

    public GroupMetrics(Meter meter)
    {
        _rebalances = meter.CreateCounter<long>("cloudstream.group.rebalances", "{rebalance}", "Generations that groups formed.");
        _commits = meter.CreateCounter<long>(
            "cloudstream.group.commits", "{commit}", "Offset commits that took effect, of members and others.");
        meter.CreateObservableGauge("cloudstream.groups", CountGroups, "{group}", "Groups that this broker coordinates, by state.");
        meter.CreateObservableGauge("cloudstream.group.members", CountMembers, "{member}",
            "Members of the groups that this broker coordinates.");
    }

    /// <summary>Says where the groups are.</summary>
    public void Observe(Func<IReadOnlyList<Group>> groups) => Volatile.Write(ref _groups, groups);

    public void Rebalanced() => _rebalances.Add(1);

    public void Committed() => _commits.Add(1);

    private IEnumerable<Measurement<long>> CountGroups()
    {
        var groups = Volatile.Read(ref _groups)().Select(g => g.Listing?.State).ToList();
        return s_states.Select(
            state => new Measurement<long>(groups.Count(s => s == state), new KeyValuePair<string, object?>("state", Name(state))));
    }

    private long CountMembers() => Volatile.Read(ref _groups)().Sum(g => (long)g.MemberCount);

    private static string Name(GroupState state) => state switch
    {
        GroupState.Empty => "empty",
        GroupState.PreparingRebalance => "preparing_rebalance",
        GroupState.CompletingRebalance => "completing_rebalance",
        _ => "stable",
    };
}
