using CloudStream.Client.Logging;
using CloudStream.Client.Transport;
using Microsoft.Extensions.Logging;

namespace CloudStream.Client.Groups;

/// <summary>
/// A consumer's part in its group: joins when it is told to, shows that it lives in the background, and says when the partitions must be
/// given back. Joins come from one caller at a time; everything else is thread-safe.
/// </summary>
internal sealed class GroupMembership(ClientServices client, string group, GroupConsumerOptions options, ILogger logger) : IAsyncDisposable
{
    // Answered at the latest after so long, so that no proxy gives up on it; then it is asked again.
    private static readonly TimeSpan JoinWait = TimeSpan.FromSeconds(25);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly WakeUp _joined = new();
    private string _memberId = "";
    private int _generation = -1;
    private MemberState _state = MemberState.Outside;
    private CloudStreamException? _fault;
    private long _askedAt = client.Options.TimeProvider.GetTimestamp();
    private bool _isAsking = true;
    private bool _isJoining;
    private Task? _beating;

    /// <summary>Called when the state changes otherwise than by a join; must not block.</summary>
    public Action? Changed { get; set; }

    /// <summary>Its id; empty before the first join.</summary>
    public string MemberId
    {
        get
        {
            lock (_gate)
                return _memberId;
        }
    }

    /// <summary>Its generation; -1 while it has none.</summary>
    public int Generation
    {
        get
        {
            lock (_gate)
                return _generation;
        }
    }

    public MemberState State
    {
        get
        {
            lock (_gate)
                return _state;
        }
    }

    private TimeProvider Time => client.Options.TimeProvider;

    /// <summary>Records are asked for.</summary>
    public void Asked() => Volatile.Write(ref _isAsking, true);

    /// <summary>Nothing is asked for from now on until it is again: the poll interval runs.</summary>
    public void Answered()
    {
        if (!Volatile.Read(ref _isAsking))
            return;
        Interlocked.Exchange(ref _askedAt, Time.GetTimestamp());
        Volatile.Write(ref _isAsking, false);
    }

    /// <summary>Wants a new generation: the subscription has changed.</summary>
    public void Renew() => MoveTo(Generation, MemberState.Rebalancing);

    /// <summary>Joins the next generation; repeats what fails in a retriable way until it is cancelled.</summary>
    /// <param name="topics">What the member wants.</param>
    /// <param name="held">The partitions that it keeps meanwhile, since the generation that it is in.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null when the group no longer knows the member: what it held is lost, and it is to join anew.</returns>
    /// <exception cref="CloudStreamException">The group does not take this member.</exception>
    public async Task<JoinedGeneration?> JoinAsync(
        IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> held, CancellationToken cancellationToken)
    {
        ThrowIfFenced();
        Volatile.Write(ref _isJoining, true);
        try
        {
            return await JoinUntilTakenAsync(topics, held, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _isJoining, false);
        }
    }

    /// <summary>Leaves the group, unless the member is a static one that may come back.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        string member;
        lock (_gate)
        {
            member = _memberId;
            (_memberId, _generation) = ("", -1);
        }

        if (member.Length > 0 && options.GroupInstanceId is null)
            await client.Groups.LeaveAsync(group, member, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_beating is { } beating)
            await beating;
        _stop.Dispose();
    }

    private static bool IsTransient(CloudStreamException e) =>
        e.IsRetriable || e.ErrorCode is ErrorCode.UnknownMember or ErrorCode.IllegalGeneration or ErrorCode.RebalanceInProgress
            or ErrorCode.MemberIdRequired;

    private async Task<JoinedGeneration?> JoinUntilTakenAsync(
        IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> held, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(client.Options);
        while (true)
        {
            TimeSpan wait;
            try
            {
                var standing = await client.Groups.JoinAsync(group, Request(topics, held), cancellationToken);
                if (Take(standing))
                    return new JoinedGeneration(topics,
                        [.. (standing.Assignment ?? []).SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p)))]);
                continue;
            }
            catch (CloudStreamException e) when (IsTransient(e))
            {
                if (e.ErrorCode == ErrorCode.UnknownMember)
                    Forget();
                if (e.ErrorCode == ErrorCode.UnknownMember && held.Count > 0)
                    return null;
                wait = backoff.Failed(e.RetryAfter);
                ClientLog.JoinAgain(logger, group, e.ErrorCode, wait.TotalMilliseconds);
            }

            await Task.Delay(wait, Time, cancellationToken);
        }
    }

    private JoinGroupDocument Request(IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> held)
    {
        // The first answer comes at once and brings an id: a member that does not know its own would be waited for until its session ends
        // if the broker went away meanwhile.
        var member = MemberId;
        int? generation = options.IsCooperative ? Generation : null;
        return new JoinGroupDocument(
            topics,
            member.Length > 0 ? member : null,
            options.GroupInstanceId,
            options.ClientId,
            (long)options.SessionTimeout.TotalMilliseconds,
            (long)options.MaxPollInterval.TotalMilliseconds,
            options.PartitionAssignmentStrategy,
            generation is null ? null : [.. held.Select(p => new PlaceDocument(p.Topic, p.Partition))],
            generation,
            member.Length > 0 || options.GroupInstanceId is not null ? (long)JoinWait.TotalMilliseconds : 0);
    }

    private bool Take(MemberDocument standing)
    {
        lock (_gate)
        {
            _memberId = standing.MemberId;
            if (standing.Rebalancing || standing.Generation < 0)
                return false;
            (_generation, _state) = (standing.Generation, MemberState.Stable);
            _beating ??= Task.Run(BeatAsync);
        }

        _joined.Signal();
        return true;
    }

    private void Forget()
    {
        MoveTo(Generation, MemberState.Lost);
        lock (_gate)
            (_memberId, _generation) = ("", -1);
    }

    // What an answer says of an older generation has no meaning any more.
    private void MoveTo(int generation, MemberState state)
    {
        lock (_gate)
        {
            if (generation != _generation || _state == state)
                return;
            _state = _state == MemberState.Outside ? MemberState.Outside : state;
        }

        Changed?.Invoke();
    }

    private async Task BeatAsync()
    {
        var backoff = new Backoff(client.Options);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await BeatOnceAsync(backoff);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task BeatOnceAsync(Backoff backoff)
    {
        var (member, generation) = Current();
        if (generation < 0)
        {
            await _joined.WaitAsync(_stop.Token);
            return;
        }

        if (!Volatile.Read(ref _isAsking) && Time.GetElapsedTime(Interlocked.Read(ref _askedAt)) > options.MaxPollInterval)
        {
            await GiveUpAsync(generation);
            return;
        }

        try
        {
            var beat = new HeartbeatDocument(generation, options.GroupInstanceId, (long)options.HeartbeatInterval.TotalMilliseconds);
            var standing = await client.Groups.HeartbeatAsync(group, member, beat, _stop.Token);
            backoff.Succeeded();
            if (!standing.Rebalancing)
                return;
            MoveTo(generation, MemberState.Rebalancing);
        }
        catch (CloudStreamException e) when (e.IsRetriable)
        {
            await Task.Delay(backoff.Failed(e.RetryAfter), Time, _stop.Token);
            return;
        }
        catch (CloudStreamException e) when (e.ErrorCode == ErrorCode.IllegalGeneration && Volatile.Read(ref _isJoining))
        {
            // The next generation has begun, and the answer to the join is on its way.
        }
        catch (CloudStreamException e)
        {
            ClientLog.MemberLost(logger, group, e.ErrorCode);
            if (e.ErrorCode == ErrorCode.FencedInstance)
                Fence(generation, e);
            MoveTo(generation, MemberState.Lost);
        }

        // It stays in the group until it has given its partitions back, which may take a while.
        await PauseAsync(options.HeartbeatInterval);
    }

    private async Task PauseAsync(TimeSpan time)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var waiting = _joined.WaitAsync(pause.Token).AsTask();
        await Task.WhenAny(waiting, Task.Delay(time, Time, pause.Token));
        await pause.CancelAsync();
        try
        {
            await waiting;
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            // The time was up first.
        }
    }

    private (string Member, int Generation) Current()
    {
        lock (_gate)
            return (_memberId, _state == MemberState.Lost ? -1 : _generation);
    }

    // Whoever takes so long must not keep its partitions from others.
    private async Task GiveUpAsync(int generation)
    {
        ClientLog.PollTooLate(logger, group, options.MaxPollInterval.TotalMilliseconds);
        MoveTo(generation, MemberState.Lost);
        try
        {
            await LeaveAsync(_stop.Token);
        }
        catch (CloudStreamException)
        {
            // Its session ends by itself.
        }
    }

    private void Fence(int generation, CloudStreamException e)
    {
        lock (_gate)
        {
            if (generation == _generation)
                _fault = e;
        }
    }

    private void ThrowIfFenced()
    {
        lock (_gate)
        {
            if (_fault is not null)
                throw _fault;
        }
    }
}
