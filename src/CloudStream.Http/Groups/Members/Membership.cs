using System.Diagnostics.CodeAnalysis;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Http.Face;
using CloudStream.Storage;

namespace CloudStream.Http.Groups.Members;

/// <summary>
/// A member's part in the group protocol: joins and syncs in the background of the requests that wait for it, so that a client may give up
/// waiting and come back; as leader it assigns for all members. What runs is its session's, which stops it. Thread-safe.
/// </summary>
internal sealed class Membership : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HttpFace _face;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopped;
    private readonly TaskCompletionSource _named = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MemberTerms _terms;
    private Task<GroupError>? _joining;
    private TopicWatch? _watch;

    public Membership(HttpFace face, MemberTerms terms, string memberId)
    {
        (_face, _terms, MemberId, _stopped) = (face, terms, memberId, _stop.Token);
        if (memberId.Length > 0)
            _named.SetResult();
    }

    /// <summary>Its id; empty before the coordinator has given one.</summary>
    public string MemberId { get; private set; }

    public MemberStanding Standing { get; private set; } = MemberStanding.Outside;

    /// <summary>Whether a join is on its way.</summary>
    public bool IsJoining => TryGetJoining(out _);

    /// <summary>Complete once the member has an id or cannot get one.</summary>
    public Task Named => _named.Task;

    private IGroups Groups => _face.Broker.Groups;

    /// <summary>What it wants from the next join on.</summary>
    public MemberTerms Terms
    {
        get => Volatile.Read(ref _terms);
        set => Volatile.Write(ref _terms, value);
    }

    /// <summary>Gets the join that is on its way.</summary>
    public bool TryGetJoining([NotNullWhen(true)] out Task<GroupError>? joining)
    {
        lock (_gate)
            joining = _joining is { IsCompleted: false } ? _joining : null;
        return joining is not null;
    }

    /// <summary>Joins the next generation, unless it is about to; completes when its assignment is there or it cannot have one.</summary>
    public Task<GroupError> JoinAsync()
    {
        lock (_gate)
        {
            if (_joining is { IsCompleted: false })
                return _joining;

            // None begins that nobody would stop.
            return _joining = _stopped.IsCancellationRequested ? Task.FromResult(GroupError.CoordinatorNotAvailable) : Task.Run(RunAsync);
        }
    }

    /// <summary>
    /// Asks for an id only. Until the client comes back with it the coordinator keeps it in memory, and no generation holds it (KIP-394):
    /// a client that never hears of its id leaves no member behind.
    /// </summary>
    public async ValueTask<GroupError> AskForIdAsync(CancellationToken cancellationToken)
    {
        var terms = Terms;
        var offered = await Groups.JoinAsync(Request(terms, terms.Owned ?? OwnedPartitions.Of(Standing, terms)), cancellationToken);
        if (offered.Error != GroupError.MemberIdRequired)
            return offered.Error;
        Name(offered.MemberId);
        return GroupError.None;
    }

    /// <summary>Shows that it lives. RebalanceInProgress or IllegalGeneration: join.</summary>
    public async ValueTask<GroupError> HeartbeatAsync(CancellationToken cancellationToken)
    {
        var error = await Groups.HeartbeatAsync(
            new HeartbeatRequest(Terms.Group, Standing.Generation, MemberId, Terms.InstanceId), cancellationToken);
        if (error == GroupError.None && _watch is { } watch && await watch.HasChangedAsync(cancellationToken))
            return GroupError.RebalanceInProgress;
        if (error == GroupError.IllegalGeneration && Terms.IsCooperative)
            Standing = MemberStanding.Outside; // A generation has passed it by: nothing is its own any more.
        return error;
    }

    /// <summary>Stops joining. The group hears nothing of it.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        Task<GroupError>? joining;
        lock (_gate)
            joining = _joining;
        if (joining is not null)
            await ((Task)joining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // It has said itself what was wrong.
    }

    public void Dispose() => _stop.Dispose();

    private async Task<GroupError> RunAsync()
    {
        try
        {
            while (true)
            {
                var terms = Terms;
                var owned = terms.Owned ?? OwnedPartitions.Of(Standing, terms);
                var joined = await Groups.JoinAsync(Request(terms, owned), _stopped);
                if (joined.MemberId.Length > 0)
                    Name(joined.MemberId);
                if (joined.Error == GroupError.MemberIdRequired)
                    continue;
                var error = joined.Error == GroupError.None ? await SyncAsync(terms, owned, joined) : joined.Error;
                if (error is not (GroupError.RebalanceInProgress or GroupError.IllegalGeneration))
                    return error;
            }
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            // Another request ended the session. Whether the group knows the member is for the group to say.
            return GroupError.CoordinatorNotAvailable;
        }
        catch (StoreException)
        {
            // As leader it has to look topics up.
            return GroupError.CoordinatorNotAvailable;
        }
        catch (Exception e)
        {
            // A defect: whoever waits is told, but perhaps nobody does any more.
            HttpLog.JoinFailed(_face.Logger, e, MemberId, Terms.Group);
            throw;
        }
        finally
        {
            _named.TrySetResult();
        }
    }

    private async ValueTask<GroupError> SyncAsync(MemberTerms terms, OwnedPartitions owned, JoinGroupResult joined)
    {
        var sync = new SyncGroupRequest
        {
            GroupId = terms.Group,
            GenerationId = joined.GenerationId,
            MemberId = joined.MemberId,
            GroupInstanceId = terms.InstanceId
        };
        _watch = null;
        if (joined.LeaderId == joined.MemberId && !joined.SkipAssignment)
        {
            var work = await LeaderAssignment.MakeAsync(_face.Broker, joined, _stopped);
            sync = sync with { Assignments = work.Assignments };
            _watch = new TopicWatch(_face, work.PartitionCounts);
        }

        var synced = await Groups.SyncAsync(sync, _stopped);
        if (synced.Error != GroupError.None)
            return synced.Error;
        if (!ConsumerAssignment.TryRead(synced.Assignment.Span, out var assignment))
            return GroupError.InconsistentGroupProtocol;
        Standing = Standing.Next(joined.GenerationId, [.. assignment.Partitions.Distinct()], owned.Partitions);
        // They were the client's for this join; the next one goes by the standing.
        Interlocked.CompareExchange(ref _terms, terms with { Owned = null }, terms);
        return GroupError.None;
    }

    private JoinGroupRequest Request(MemberTerms terms, OwnedPartitions owned)
    {
        var subscription = new ConsumerSubscription
        {
            Topics = terms.Topics,
            OwnedPartitions = owned.Partitions,
            GenerationId = owned.Generation
        };
        return new JoinGroupRequest
        {
            GroupId = terms.Group,
            MemberId = MemberId,
            GroupInstanceId = terms.InstanceId,
            ClientId = terms.ClientId,
            ClientHost = terms.ClientHost,
            SessionTimeout = terms.SessionTimeout,
            RebalanceTimeout = terms.RebalanceTimeout,
            ProtocolType = ConsumerProtocol.ProtocolType,
            Protocols = Assignors.ProtocolsFor(terms.Assignors, subscription),
        };
    }

    private void Name(string id)
    {
        MemberId = id;
        _named.TrySetResult();
    }
}
