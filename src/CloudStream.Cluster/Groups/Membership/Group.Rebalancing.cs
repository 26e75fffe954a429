using CloudStream.Log.Groups;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>Rebalancing: waiting for everybody to join, electing leader and protocol, writing the generation, announcing it.</summary>
internal sealed partial class Group
{
    // How soon an emptied group is written again when it could not be.
    private static readonly TimeSpan s_emptyRetry = TimeSpan.FromSeconds(1);

    private readonly OrderedDictionary<string, Member> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _statics = new(StringComparer.Ordinal);
    // Ids that were given out and have not joined yet.
    private readonly Dictionary<string, TimeSpan> _pending = new(StringComparer.Ordinal);
    private readonly HashSet<string> _awaitedSyncs = new(StringComparer.Ordinal);
    private GroupState _state = GroupState.Empty;
    private int _generation;
    private string? _protocolType;
    private string? _protocolName;
    private string _leaderId = "";
    private TimeSpan _joinDeadline;
    private TimeSpan _syncDeadline;
    private TimeSpan _initialPatience;
    private bool _isInitial;
    private bool _hasNewcomer;

    // After a change of coordinator, or a restart, the generation goes on: its members keep what they have, and their sessions begin anew.
    private void Remember(StoredGroup group)
    {
        _generation = group.Generation;
        _protocolType = group.ProtocolType.Length > 0 ? group.ProtocolType : null;
        _protocolName = group.ProtocolName.Length > 0 ? group.ProtocolName : null;
        _leaderId = group.LeaderId;
        foreach (var known in group.Members)
        {
            var member = Member.Of(known);
            member.Deadline = Now + member.SessionTimeout;
            _members[known.Id] = member;
            if (known.InstanceId is { } instance)
                _statics[instance] = known.Id;
        }

        if (_members.Count == 0)
            return;
        _state = group.IsAssigned ? GroupState.Stable : GroupState.CompletingRebalance;
        if (group.IsAssigned)
            return;
        _syncDeadline = Now + LongestRebalance();
        _awaitedSyncs.UnionWith(_members.Keys);
    }

    private void PrepareRebalance()
    {
        foreach (var member in _members.Values)
        {
            member.Syncing?.Refuse(GroupError.RebalanceInProgress);
            member.Syncing = null;
            if (_state == GroupState.CompletingRebalance)
                member.Assignment = default;
        }

        _awaitedSyncs.Clear();
        _isInitial = _state == GroupState.Empty;
        _state = GroupState.PreparingRebalance;
        var delay = _context.Settings.InitialRebalanceDelay;
        _joinDeadline = Now + (_isInitial ? delay : LongestRebalance());
        _initialPatience = LongestRebalance() - delay;
        _hasNewcomer = false;
        CompleteJoinWhenAllAreHere();
    }

    private void CompleteJoinWhenAllAreHere()
    {
        if (_state == GroupState.PreparingRebalance && !_isInitial && !_isSettling && _pending.Count == 0
            && _members.Values.All(m => m.Joining is not null))
            CompleteJoin();
    }

    private void PassJoinDeadline()
    {
        if (_isInitial && _hasNewcomer && _initialPatience > TimeSpan.Zero)
        {
            // Somebody came while we waited, so somebody else may: wait again, as long as the members bear it.
            var delay = _context.Settings.InitialRebalanceDelay;
            delay = delay < _initialPatience ? delay : _initialPatience;
            (_hasNewcomer, _initialPatience, _joinDeadline) = (false, _initialPatience - delay, Now + delay);
            return;
        }

        CompleteJoin();
    }

    private void CompleteJoin()
    {
        _isInitial = false;
        foreach (var late in _members.Values.Where(m => m.Joining is null && m.InstanceId is null).ToList())
        {
            LogLate(_context.Log, late.Id, GroupId);
            Drop(late, GroupError.UnknownMemberId);
        }

        if (_members.Count == 0)
            SettleEmpty();
        else if (ElectLeader())
            SettleGeneration();
        else
            _joinDeadline = Now + LongestRebalance(); // Static members that are all away keep their place until their sessions end.
    }

    private bool ElectLeader()
    {
        if (_members.GetValueOrDefault(_leaderId)?.Joining is not null)
            return true;
        _leaderId = _members.Values.FirstOrDefault(m => m.Joining is not null)?.Id ?? "";
        return _leaderId.Length > 0;
    }

    // Written before any member hears of it: no generation is ever used twice, whoever coordinates next.
    private void SettleGeneration()
    {
        var (elected, generation) = (ElectProtocol()!, NextGeneration());
        Settle(
            new GenerationFormed(
                GroupId, generation, _protocolType!, elected, _leaderId, [.. _members.Values.Select(m => m.ToStored())]),
            error =>
            {
                if (error == GroupError.None)
                    Announce(generation, elected);
                else
                    SendBack(Retriable(error));
            });
    }

    private void SettleEmpty()
    {
        var generation = NextGeneration();
        Settle(
            new GenerationFormed(GroupId, generation, _protocolType ?? "", "", "", []),
            error =>
            {
                if (error != GroupError.None)
                {
                    _joinDeadline = Now + s_emptyRetry;
                    return;
                }

                (_state, _generation, _protocolName, _leaderId) = (GroupState.Empty, generation, null, "");
            });
    }

    private void Announce(int generation, string elected)
    {
        (_generation, _protocolName, _state) = (generation, elected, GroupState.CompletingRebalance);
        _syncDeadline = Now + LongestRebalance();
        LogFormed(_context.Log, GroupId, generation, _members.Count);
        _context.Metrics.Rebalanced();
        Publish();
        foreach (var member in _members.Values)
        {
            (member.Assignment, member.IsNew, member.Deadline) = (default, false, Now + member.SessionTimeout);
            _awaitedSyncs.Add(member.Id);
            member.Joining?.Send(Joined(member));
            member.Joining = null;
        }
    }

    // The generation is not in the journal, or nobody knows: the members must come again, and get another one.
    private void SendBack(GroupError error)
    {
        _joinDeadline = Now + LongestRebalance();
        foreach (var member in _members.Values)
        {
            member.Joining?.Refuse(error);
            (member.Joining, member.IsNew, member.Deadline) = (null, false, Now + member.SessionTimeout);
        }
    }

    // Each member votes for the first of its protocols that all support; of those with most votes the one that the first member likes best.
    private string? ElectProtocol()
    {
        var voters = _members.Values.Where(m => m.Protocols.Count > 0).ToList();
        if (voters.Count == 0)
            return null;
        var candidates = voters[0].Protocols.Select(p => p.Name).Where(
            name => voters.TrueForAll(v => v.Protocols.Any(p => p.Name == name))).ToList();
        if (candidates.Count == 0)
            return null;
        var votes = voters.Select(v => v.Protocols.First(p => candidates.Contains(p.Name)).Name).CountBy(name => name).ToDictionary(
            StringComparer.Ordinal);
        return candidates.MaxBy(name => votes.GetValueOrDefault(name));
    }

    private TimeSpan LongestRebalance() => _members.Count == 0 ? TimeSpan.Zero : _members.Values.Max(m => m.RebalanceTimeout);

    private void Drop(Member member, GroupError error)
    {
        member.Refuse(error);
        _members.Remove(member.Id);
        _awaitedSyncs.Remove(member.Id);
        if (member.InstanceId is { } instance && _statics.GetValueOrDefault(instance) == member.Id)
            _statics.Remove(instance);
        if (_leaderId == member.Id)
            _leaderId = "";
    }

    [LoggerMessage(2113, LogLevel.Information, "Group {Group} is in generation {Generation} with {Members} members")]
    private static partial void LogFormed(ILogger log, string group, int generation, int members);

    [LoggerMessage(2114, LogLevel.Information, "Member {Member} of group {Group} did not join again in time")]
    private static partial void LogLate(ILogger log, string member, string group);
}
