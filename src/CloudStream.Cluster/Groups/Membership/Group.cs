using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using CloudStream.Log.Groups;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>
/// A group as its coordinator sees it: one loop, one bounded inbox, no locks. What is committed of it lies in the coordinator shard's
/// state; here live those who wait, and deadlines. What must outlive this process is in the journal before anybody hears of it. Partial
/// files by concern: this one is its life.
/// </summary>
internal sealed partial class Group : IAsyncDisposable
{
    private const int MaxInbox = 1024;

    // A group without members is kept for a while, as whoever commits to it commits again.
    private static readonly TimeSpan s_idleLimit = TimeSpan.FromMinutes(5);

    private readonly Channel<GroupWork?> _inbox = Channel.CreateBounded<GroupWork?>(
        new BoundedChannelOptions(MaxInbox) { SingleReader = true });
    private readonly Queue<GroupWork> _heldBack = new();
    private readonly GroupContext _context;
    private readonly Shard _shard;
    private readonly int _epoch;
    private readonly Action<Group> _ended;
    private readonly ITimer _timer;
    private readonly long _origin;
    private readonly BackgroundLoop _loop;
    private TimeSpan _timerDue = Timeout.InfiniteTimeSpan;
    private TimeSpan _idleSince;
    private GroupError? _end;
    private bool _isPutAway;
    private GroupWork? _current; // If it brings the loop down, it gets an answer all the same.

    private Group(string groupId, int epoch, GroupContext context, Action<Group> ended)
    {
        (GroupId, _epoch, _context, _ended) = (groupId, epoch, context, ended);
        _shard = context.ShardOf(groupId);
        _origin = context.Runtime.Time.GetTimestamp();
        _timer = context.Runtime.Time.CreateTimer(static g => ((Group)g!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _loop = BackgroundLoop.Start($"group {groupId}", context.Log, RunAsync);
    }

    /// <summary>The group's name.</summary>
    public string GroupId { get; }

    /// <summary>The epoch under which its coordinator holds the coordinator shard.</summary>
    public int Epoch => _epoch;

    /// <summary>Brings a group into memory. Calls may be queued at once; <paramref name="ended"/> is told when it has gone.</summary>
    public static Group Load(string groupId, int epoch, GroupContext context, Action<Group> ended) =>
        new(groupId, epoch, context, ended);

    /// <summary>Completes when the group is no longer in memory and all its callers are answered.</summary>
    public Task Gone => _loop.Completion;

    /// <summary>Queues a call, waiting for room. False: the group is going; load it again when it has <see cref="Gone"/>.</summary>
    public async ValueTask<bool> EnqueueAsync(GroupWork work, CancellationToken cancellationToken)
    {
        try
        {
            await _inbox.Writer.WriteAsync(work, cancellationToken);
            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    /// <summary>Queues a call if there is room at once.</summary>
    public void TryEnqueue(GroupWork work) => _inbox.Writer.TryWrite(work);

    /// <summary>Lets the loop look at its deadlines, what was written, and its epoch. A full inbox wakes it anyway.</summary>
    public void Wake() => _inbox.Writer.TryWrite(null);

    /// <summary>Takes no more calls, concludes what is being written, and tells the members to look for another coordinator.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await using var hurry = cancellationToken.UnsafeRegister(static g => ((Group)g!)._loop.RequestStop(), this);
        _inbox.Writer.TryComplete();
        await _loop.Completion;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private TimeSpan Now => _context.Runtime.Time.GetElapsedTime(_origin);

    private async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            Remember(Stored ?? StoredGroup.New);
            await ServeAsync(stopping);
        }
        finally
        {
            await EndAsync(stopping);
        }
    }

    private async Task ServeAsync(CancellationToken stopping)
    {
        _idleSince = Now;
        SetTimer();
        while (_end is null && await _inbox.Reader.WaitToReadAsync(stopping))
        {
            while (_end is null && _inbox.Reader.TryRead(out var work))
                Take(work);
            Turn();
        }

        // Drained: what was accepted is written before the lease goes.
        if (_end is null)
            await FinishWritesAsync(stopping);
    }

    private void Turn()
    {
        ConcludeWrites();
        if (_end is null && _context.EpochOf(_shard) != _epoch)
            StepDown();
        if (_end is not null)
            return;
        TakeHeldBack();
        Expire();
        PutAwayWhenIdle();
        Publish();
        SetTimer();
    }

    private void Take(GroupWork? work)
    {
        if (work is null)
            return;
        if (work.CountsAsUse)
            _idleSince = Now;
        if (!MustWait(work))
            Run(work);
        else if (_heldBack.Count < MaxInbox)
            _heldBack.Enqueue(work);
        else
            work.Refuse(GroupError.CoordinatorLoadInProgress);
    }

    // A request that meets a defect must not take the group, its members and everybody else's calls with it.
    [SuppressMessage("Design", "CA1031", Justification = "The boundary of a call.")]
    private void Run(GroupWork work)
    {
        _current = work;
        try
        {
            work.Run(this);
        }
        catch (Exception e)
        {
            LogCallFailed(_context.Log, GroupId, e);
            work.Refuse(GroupError.UnknownServerError);
        }

        _current = null;
    }

    private bool MustWait(GroupWork work) =>
        (work.WaitsForSettled && _isSettling) || (work.WaitsForQuiet && _writes.Count > 0);

    private void TakeHeldBack()
    {
        for (var left = _heldBack.Count; left > 0; left--)
            Take(_heldBack.Dequeue());
    }

    private void StepDown()
    {
        LogSteppedDown(_context.Log, GroupId, _epoch);
        _end = GroupError.NotCoordinator;
    }

    private void PutAwayWhenIdle()
    {
        if (IsIdle && Now - _idleSince >= s_idleLimit)
            PutAway();
    }

    private bool IsIdle => _members.Count == 0 && _pending.Count == 0 && !_isSettling && _state == GroupState.Empty && _writes.Count == 0
        && _heldBack.Count == 0;

    private void PutAway() => (_end, _isPutAway) = (GroupError.CoordinatorLoadInProgress, true);

    // Whatever ended it: nobody who waits is left without an answer, and what is being written is known before anybody else may load the
    // group here.
    private async Task EndAsync(CancellationToken stopping)
    {
        try
        {
            await FinishWritesAsync(stopping);
        }
        finally
        {
            End();
        }
    }

    // What takes too long, or is to end at once, is given up; it may still take effect.
    private async Task FinishWritesAsync(CancellationToken stopping)
    {
        while (_writes.TryPeek(out var first))
        {
            if (first.Error is null && first.Deadline > Now && !stopping.IsCancellationRequested)
                await Task.WhenAny(first.Followed, Task.Delay(Until(first.Deadline), _context.Runtime.Time, stopping).OnContext());
            if (first.Error is null && stopping.IsCancellationRequested)
                first.Error = GroupPatience.GiveUp(first.Write);
            ConcludeWrites();
        }
    }

    private void End()
    {
        _ended(this); // First, so that whoever finds the inbox closed loads the group anew.
        _inbox.Writer.TryComplete();
        _timer.Dispose();
        var error = _end ?? GroupError.NotCoordinator;
        _current?.Refuse(error);
        foreach (var member in _members.Values)
            member.Refuse(error);
        while (_heldBack.TryDequeue(out var work))
        {
            if (_isPutAway)
                work.Move();
            else
                work.Refuse(error);
        }

        while (_inbox.Reader.TryRead(out var work))
        {
            if (_isPutAway)
                work?.Move();
            else
                work?.Refuse(error);
        }
    }

    private void SetTimer()
    {
        var due = NextDeadline();
        if (due == TimeSpan.MaxValue)
            return;
        if (_timerDue != Timeout.InfiniteTimeSpan && _timerDue > Now && _timerDue <= due)
            return; // It will ring early enough, and then be set again.
        _timerDue = due;
        _timer.Change(Until(due), Timeout.InfiniteTimeSpan);
    }

    // Timers count whole milliseconds: what is left of one would be no time at all, and waited for again and again.
    private TimeSpan Until(TimeSpan due) => TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((due - Now).TotalMilliseconds)));

    [LoggerMessage(2117, LogLevel.Error, "A call to group {Group} failed")]
    private static partial void LogCallFailed(ILogger log, string group, Exception fault);

    [LoggerMessage(2111, LogLevel.Information, "Group {Group} is no longer coordinated here (epoch {Epoch})")]
    private static partial void LogSteppedDown(ILogger log, string group, int epoch);
}
