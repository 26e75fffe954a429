using System.Buffers;
using System.Threading.Channels;
using CloudStream.Log.Append;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.Groups;
using CloudStream.Log.Journal;
using CloudStream.Log.Memory;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Log.Waiting;
using CloudStream.Records;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Shards;

/// <summary>
/// One shard as this process sees it: the newest committed state, appends, control entries. Thread-safe: readers take immutable snapshots,
/// all changes go through the committer's loop.
/// </summary>
internal sealed class Shard : IShardLog, IUpkeepShard, IAsyncDisposable
{
    private readonly ShardContext _context;
    private readonly ByteBudget _budget;
    private readonly ByteBudget _sharedBudget;
    private readonly Committer _committer;
    private readonly FlushScheduler _scheduler;
    private readonly BackgroundLoop _commitLoop;
    private readonly BackgroundLoop _flushLoop;
    private readonly GroupWriter? _groupWriter;
    private readonly BackgroundLoop? _groupLoop;
    private readonly Action<int> _release;
    private readonly string _family;
    private ChangeSignal _changes = new();
    private Task? _look;
    private ShardState _state;

    public Shard(ShardContext context, ByteBudget sharedBudget)
    {
        _context = context;
        _family = context.Ring.FamilyOf(context.Number);
        _state = ShardState.Empty(context.Number);
        _budget = new ByteBudget(context.Options.MaxBufferedBytesPerShard);
        _sharedBudget = sharedBudget;
        _release = bytes =>
        {
            _budget.Release(bytes);
            _sharedBudget.Release(bytes);
        };
        var uploader = new SegmentUploader(context);
        _committer = new Committer(context, uploader, Publish);
        _scheduler = new FlushScheduler(context, uploader, _committer, () => State.Version);
        _commitLoop = BackgroundLoop.Start($"committer of shard {context.Number}", context.Log, _committer.RunAsync, context.OnDefect);
        _flushLoop = BackgroundLoop.Start($"flush scheduler of shard {context.Number}", context.Log, _scheduler.RunAsync, context.OnDefect);
        if (!context.IsCoordinator)
            return;
        _groupWriter = new GroupWriter(context, SubmitAsync, () => State.Version);
        _groupLoop = BackgroundLoop.Start($"group writer of shard {context.Number}", context.Log, _groupWriter.RunAsync, context.OnDefect);
    }

    /// <summary>The shard's number.</summary>
    public int Number => _context.Number;

    /// <summary>The newest committed state that this process knows. It only moves forward.</summary>
    public ShardState State => Volatile.Read(ref _state);

    /// <summary>Recent flushes of this process.</summary>
    public TailMemory Tail => _context.Tail;

    /// <inheritdoc/>
    public StoreException? Unreadable => _committer.Unreadable;

    /// <summary>Waits until the journal has been read for the first time, or is known to be unreadable.</summary>
    /// <exception cref="StoreException">It cannot be read (corrupt, refused); it is tried again now and then, and nothing is served
    /// meanwhile.</exception>
    public async Task LoadedAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(_committer.Opened, _commitLoop.Completion).WaitAsync(cancellationToken);
        var fault = Unreadable ?? (_committer.Opened.IsCompleted ? null : _commitLoop.Fault);
        if (fault is not null)
            throw new StoreException((fault as StoreException)?.Kind ?? StoreErrorKind.Refused,
                $"shard {Number} cannot be opened: {fault.Message}", fault);
    }

    /// <summary>Whether this broker holds the lease as far as it knows. Commits do not depend on it.</summary>
    public bool IsHeld => State.Holder == _context.Identity.Incarnation;

    /// <summary>Whether this broker holds the lease and nobody can have taken it: its heartbeat is younger than a lease.</summary>
    public bool IsSurelyHeld => IsHeld && _context.Identity.IsFresh;

    /// <inheritdoc/>
    public long NewestOfOthers => _committer.NewestOfOthers;

    /// <inheritdoc/>
    public ChangeSignal Changes => Volatile.Read(ref _changes);

    /// <inheritdoc/>
    public long Ask() => _context.Proofs.Ask();

    /// <inheritdoc/>
    public bool IsProven(long question) => _context.Proofs.Covers(question);

    /// <inheritdoc/>
    public ValueTask ProveAsync(long question, CancellationToken cancellationToken)
    {
        if (IsProven(question))
            return ValueTask.CompletedTask;
        if (Volatile.Read(ref _look) is { IsCompleted: false })
            return ProveTogetherAsync(question, null, cancellationToken);

        // A store on this machine answers at once.
        var look = LookAsync();
        if (look.IsCompletedSuccessfully && IsProven(question))
            return ValueTask.CompletedTask;
        var task = look.AsTask();
        Volatile.Write(ref _look, task);
        return ProveTogetherAsync(question, task, cancellationToken);
    }

    /// <summary>
    /// A strong read: the state returned is at least as new as the journal when the call began. Calls at the same time share a read.
    /// </summary>
    /// <exception cref="StoreException">The journal cannot be read now.</exception>
    public async ValueTask<ShardState> RefreshAsync(CancellationToken cancellationToken)
    {
        var work = new RefreshWork();
        await EnqueueAsync(work, cancellationToken);
        return await work.Outcome.OnContext().WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Commits a control entry. <paramref name="propose"/> runs on the shard's own loop with the newest state right before the commit, and
    /// again after each conflict; it returns null to withdraw. It must be quick and free of side effects.
    /// </summary>
    public async ValueTask<CommitOutcome> SubmitAsync(Func<ShardState, Entry?> propose, CancellationToken cancellationToken)
    {
        var work = new ControlWork(propose);
        await EnqueueAsync(work, cancellationToken);
        return await work.Outcome.OnContext().WaitAsync(cancellationToken);
    }

    /// <summary>Of a coordinator shard: a group as it is committed, as far as this process knows; null for none.</summary>
    public StoredGroup? FindGroup(string groupId) => View(groupId, State);

    /// <summary>Of a coordinator shard: its groups, in the order of their names.</summary>
    public IEnumerable<(string GroupId, StoredGroup Group)> Groups
    {
        get
        {
            var state = State;
            foreach (var groupId in state.Groups.Keys)
            {
                if (View(groupId, state) is { } group)
                    yield return (groupId, group);
            }
        }
    }

    /// <summary>
    /// Of a coordinator shard: writes a change of a group, which many share one commit with. Changes take effect in the order of the calls.
    /// </summary>
    /// <param name="epoch">The epoch of this shard's holder under which it was decided; 0 for a writer that coordinates nothing.</param>
    /// <param name="change">The change.</param>
    /// <param name="isUrgent">Whether somebody waits for it with everything they do: it does not wait for company.</param>
    public GroupWrite Write(int epoch, GroupChange change, bool isUrgent) => _groupWriter!.Write(epoch, change, isUrgent);

    /// <summary>Asks for a checkpoint of the present state; it is put into use by a later commit.</summary>
    public ValueTask RequestCheckpointAsync(CancellationToken cancellationToken) =>
        EnqueueAsync(new CheckpointWork(force: true), cancellationToken);

    /// <summary>A fresh object name, born at the version that this shard knows now.</summary>
    public ObjectRef NewObject(ObjectKind kind) => new(kind, State.Version, _context.Runtime.Random.NextUInt64());

    /// <summary>
    /// Takes validated batches for one partition. The bytes are copied once, after room for them was found; when the task completes the
    /// caller may use its buffer again.
    /// </summary>
    public async ValueTask<AppendTicket> BeginAppendAsync(
        PartitionState partition, ReadOnlySequence<byte> batches, long records, bool stampTime, AppendOptions options,
        CancellationToken cancellationToken)
    {
        if (!await AcquireAsync((int)batches.Length, cancellationToken))
        {
            _context.Metrics.AppendRefusals.Add(1);
            return AppendTicket.Failed(ErrorCode.Overloaded,
                $"More than {_context.Options.MaxBufferedBytesPerShard} bytes wait to be committed.", 250);
        }

        var append = Copy(partition, batches, records, stampTime, options);
        try
        {
            await _scheduler.EnqueueAsync(append, cancellationToken);
            _context.Metrics.Appends.Add(1);
        }
        catch (Exception e) when (e is ChannelClosedException or OperationCanceledException)
        {
            FlushScheduler.Abandon(append);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return new AppendTicket(append.Outcome);
    }

    /// <summary>Takes no more appends and commits those that were taken. Control entries are still possible.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await using var hurry = cancellationToken.UnsafeRegister(static s => ((Shard)s!)._flushLoop.RequestStop(), this);
        _scheduler.Complete();
        await _flushLoop.Completion;
        // The loop ends when the last flush is in the committer's inbox; what is queued behind it completes after it.
        await SubmitAsync(static _ => null, cancellationToken);
    }

    /// <summary>
    /// Flushes and commits what is buffered, then stops. With a cancelled token it stops at once; outcomes may then be unknown.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await using var hurry = cancellationToken.UnsafeRegister(static s => ((Shard)s!).Hurry(), this);
        _scheduler.Complete();
        await _flushLoop.Completion;
        _groupWriter?.Complete();
        await (_groupLoop?.Completion ?? Task.CompletedTask);
        _committer.Complete();
        await _commitLoop.Completion;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _flushLoop.DisposeAsync();
        if (_groupLoop is not null)
            await _groupLoop.DisposeAsync();
        await _commitLoop.DisposeAsync();
    }

    // A look that was under way when the question was asked does not answer it: whoever finds it ended begins the next one, and all others
    // join that.
    private async ValueTask ProveTogetherAsync(long question, Task? own, CancellationToken cancellationToken)
    {
        var look = own;
        while (true)
        {
            if (look is null)
                Volatile.Write(ref _look, look = LookAsync().AsTask());
            await look.OnContext().WaitAsync(cancellationToken);
            if (IsProven(question))
                return;
            look = Volatile.Read(ref _look) is { IsCompleted: false } next ? next : null;
        }
    }

    // Shared, so nobody's patience ends it. Only the next slot's version is read; when others have committed (or a commit of our own is
    // just being settled) the committer reads the rest.
    private async ValueTask LookAsync()
    {
        var proof = _context.Proofs.Begin();
        try
        {
            var (ring, next) = (_context.Ring, State.Version + 1);
            var slot = await _context.Stores.Metadata.GetVersionAsync(
                RegisterKeys.SlotOf(_family, ring.SlotOf(next)), CancellationToken.None);
            if (slot.Version == ring.LapsBefore(next))
            {
                _context.Proofs.Succeeded(proof);
                return;
            }
        }
        catch (StoreException e) when (e.IsTransient)
        {
            // The committer tries again, with back-off.
        }

        await RefreshAsync(CancellationToken.None);
    }

    private StoredGroup? View(string groupId, ShardState state) =>
        _context.Options.GroupRules.View(groupId, state.Groups.GetValueOrDefault(groupId), state.Epoch);

    private void Hurry()
    {
        _flushLoop.RequestStop();
        _groupLoop?.RequestStop();
        _commitLoop.RequestStop();
    }

    private async ValueTask EnqueueAsync(CommitWork work, CancellationToken cancellationToken)
    {
        try
        {
            await _committer.EnqueueAsync(work, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new StoreException(StoreErrorKind.Unavailable, $"shard {Number} is stopping");
        }
    }

    private async ValueTask<bool> AcquireAsync(int bytes, CancellationToken cancellationToken)
    {
        var (options, time) = (_context.Options, _context.Runtime.Time);
        if (!await _budget.AcquireAsync(bytes, options.MaxBufferWait, time, cancellationToken))
            return false;
        var acquired = false;
        try
        {
            acquired = await _sharedBudget.AcquireAsync(bytes, options.MaxBufferWait, time, cancellationToken);
            return acquired;
        }
        finally
        {
            if (!acquired)
                _budget.Release(bytes);
        }
    }

    private PendingAppend Copy(PartitionState partition, in ReadOnlySequence<byte> batches, long records, bool stampTime,
        AppendOptions options)
    {
        var length = (int)batches.Length;
        var buffer = BufferPool.Shared.Rent(length);
        batches.CopyTo(buffer.GetSpan());
        var now = _context.NowMs;
        if (stampTime)
        {
            for (var rest = buffer.GetSpan()[..length]; !rest.IsEmpty; rest = rest[new RecordBatchHeader(rest).TotalBytes..])
                RecordBatchLayout.SetMaxTimestampLogAppend(rest, now);
        }

        return new PendingAppend(partition.Id, partition.Slot, buffer, length, records, options, _release)
        {
            LogAppendTimeMs = stampTime ? now : -1
        };
    }

    private void Publish(ShardState state, long proof)
    {
        var isNew = state.Version > State.Version;
        if (isNew)
            Volatile.Write(ref _state, state);
        _context.Proofs.Succeeded(proof);
        if (isNew)
        {
            Interlocked.Exchange(ref _changes, new ChangeSignal()).Raise();
        }
    }
}
