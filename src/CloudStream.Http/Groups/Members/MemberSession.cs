using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Groups.Members;

/// <summary>
/// What the coordinator keeps for a member that speaks HTTP: its part in the group protocol and its positions. It lives while requests come
/// at least once in a session timeout; nothing in it must survive, as whoever comes back joins again and goes on at the committed offsets.
/// Thread-safe.
/// </summary>
internal sealed class MemberSession
{
    private readonly HttpFace _face;
    private Task<GroupError>? _unheard;
    private int _inProgress;
    private long _lastSeen;
    private int _isOver;

    public MemberSession(HttpFace face, MemberTerms terms, string memberId)
    {
        _face = face;
        Membership = new Membership(face, terms, memberId);
        _lastSeen = face.Time.GetTimestamp();
    }

    public Membership Membership { get; }

    public MemberPositions Positions { get; } = new();

    /// <summary>Held by the one poll that is in progress.</summary>
    public SemaphoreSlim Polling { get; } = new(1, 1);

    public string MemberId => Membership.MemberId;

    public MemberTerms Terms => Membership.Terms;

    public MemberStanding Standing => Membership.Standing;

    /// <summary>Whether its client has been away for longer than it may.</summary>
    public bool IsSilent => Volatile.Read(ref _inProgress) == 0
        && _face.Time.GetElapsedTime(Interlocked.Read(ref _lastSeen)) > Terms.SessionTimeout;

    /// <summary>The session is over; false where it was already.</summary>
    public bool TryEnd() => Interlocked.Exchange(ref _isOver, 1) == 0;

    /// <summary>A request of the client is in progress until the result is disposed.</summary>
    public Request Enter()
    {
        Interlocked.Increment(ref _inProgress);
        return new Request(this);
    }

    /// <summary>
    /// Joins the next generation and waits so long for it. A join of whose end the client has not heard is the one that it asks for, not
    /// another one.
    /// </summary>
    /// <returns>Whether it is formed; otherwise the join goes on.</returns>
    /// <exception cref="RequestRejectedException">The member cannot join.</exception>
    public async ValueTask<bool> TryJoinAsync(GroupRequest request, TimeSpan wait)
    {
        var joining = Interlocked.Exchange(ref _unheard, null) ?? Membership.JoinAsync();
        var isFormed = await TryFinishAsync(joining, request, wait);
        if (!isFormed)
            Volatile.Write(ref _unheard, joining);
        return isFormed;
    }

    /// <summary>Wants something else from now on: what the present join brings is not what the next one asks for.</summary>
    public void Change(MemberTerms terms)
    {
        if (!terms.WantsSameAs(Terms))
            Volatile.Write(ref _unheard, null);
        Membership.Terms = terms;
    }

    /// <summary>Waits so long for a join that has been begun.</summary>
    /// <returns>Whether the generation is formed; otherwise the join goes on.</returns>
    /// <exception cref="RequestRejectedException">The member cannot join.</exception>
    public async ValueTask<bool> TryFinishAsync(Task<GroupError> joining, GroupRequest request, TimeSpan wait)
    {
        if (!joining.IsCompleted && wait <= TimeSpan.Zero)
            return false;
        try
        {
            var error = await joining.WaitAsync(wait, _face.Time, request.Aborted);
            await request.RequireAsync(error, this);
        }
        catch (TimeoutException)
        {
            return false;
        }

        return true;
    }

    /// <summary>Shows that the member lives.</summary>
    /// <returns>Whether its generation still stands; otherwise it must join again.</returns>
    /// <exception cref="RequestRejectedException">It is no member any more.</exception>
    public async ValueTask<bool> TryHeartbeatAsync(GroupRequest request)
    {
        if (Membership.IsJoining || Standing.Generation < 0 || Standing.MustGiveBack)
            return false;
        var error = await Membership.HeartbeatAsync(request.Aborted);
        if (error is GroupError.RebalanceInProgress or GroupError.IllegalGeneration)
            return false;
        await request.RequireAsync(error, this);
        Volatile.Write(ref _unheard, null);
        return true;
    }

    /// <summary>Commits offsets as this member in a generation.</summary>
    public async ValueTask<GroupError> CommitAsync(MemberStanding standing, List<OffsetCommit> offsets, CancellationToken cancellationToken)
    {
        if (offsets.Count == 0)
            return GroupError.None;
        var result = await _face.Broker.Groups.CommitOffsetsAsync(
            new CommitOffsetsRequest
            {
                GroupId = Terms.Group,
                GenerationId = standing.Generation,
                MemberId = MemberId,
                GroupInstanceId = Terms.InstanceId,
                Offsets = offsets
            },
            cancellationToken);
        Positions.Committed(offsets.Where((_, i) => result.Partitions[i] == GroupError.None));
        return result.Error != GroupError.None ? result.Error : result.Partitions.FirstOrDefault(e => e != GroupError.None);
    }

    /// <summary>Finds out where to go on in partitions of which that is not known.</summary>
    public async ValueTask PlaceAsync(GroupRequest request)
    {
        TopicPartition[] unplaced = [.. Standing.Assignment.Where(p => !Positions.Has(p))];
        if (unplaced.Length == 0)
            return;
        var found = await _face.Broker.Groups.FetchOffsetsAsync(
            new FetchOffsetsRequest { GroupId = Terms.Group, Partitions = unplaced, RequireStable = true }, request.Aborted);
        await request.RequireAsync(found.Error, this);
        foreach (var offset in found.Offsets)
        {
            await request.RequireAsync(offset.Error, this);
            if (offset is { Offset: >= 0, TopicId: { } topic })
                Place(offset.Partition, topic, offset.Offset, offset.Offset);
            else
                await BeginAsync(offset.Partition, request.Aborted);
        }
    }

    /// <summary>Begins a partition where the member's policy says.</summary>
    /// <exception cref="RequestRejectedException">The policy says nowhere.</exception>
    public async ValueTask BeginAsync(TopicPartition partition, CancellationToken cancellationToken)
    {
        if (Terms.Policy == OffsetPolicy.None)
            throw new RequestRejectedException(
                Problem.From(ErrorCode.OffsetOutOfRange,
                    $"The group has no offset within the log for {partition}, and autoOffsetReset is none."));
        var spec = Terms.Policy == OffsetPolicy.Earliest ? OffsetSpec.Earliest : OffsetSpec.Latest;

        // A topic that is gone has no place; the leader will notice.
        if (await _face.Broker.FindTopicAsync(partition.Topic, cancellationToken) is not { } topic)
            return;
        var place = await _face.Broker.ListOffsetAsync(new PartitionId(topic.Id, partition.Partition), spec, cancellationToken);
        if (place.Error is ErrorCode.None)
            Place(partition, topic.Id, place.Offset, -1);
        else if (place.Error is not (ErrorCode.UnknownTopic or ErrorCode.UnknownPartition))
            throw new RequestRejectedException(Problem.From(place.Error, place.Detail));
    }

    private void Place(TopicPartition partition, Guid topicId, long offset, long committed)
    {
        if (Standing.SinceOf(partition) is { } since)
            Positions.Set(partition, topicId, since, offset, committed);
    }

    private void Leave()
    {
        Interlocked.Exchange(ref _lastSeen, _face.Time.GetTimestamp());
        Interlocked.Decrement(ref _inProgress);
    }

    /// <summary>A request in progress.</summary>
    public readonly struct Request(MemberSession session) : IDisposable
    {
        public void Dispose() => session.Leave();
    }
}
