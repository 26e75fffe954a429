using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using CloudStream.Log.Entries;
using CloudStream.Log.Groups;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Journal;

/// <summary>
/// Brings changes of groups into their coordinator shard's journal, in the order in which they come: what waits goes together, as much as
/// a slot holds inline. Offsets keep the spacing, so that many groups share a commit; the first after a quiet spell goes at once, and so
/// does what is urgent, with all that waits before it. What is too large for a slot goes into an object first. One loop; enqueueing is
/// thread-safe.
/// </summary>
internal sealed class GroupWriter
{
    // From so many slots' worth of waiting bytes on one object and a small slot cost less than the slots that they would fill.
    private const int SlotsOfAnObject = 4;

    private const int MaxObjectBytes = 8 * 1024 * 1024, MaxWaiting = 100_000, MaxPutAttempts = 8;

    private readonly ShardContext _context;
    private readonly Func<Func<ShardState, Entry?>, CancellationToken, ValueTask<CommitOutcome>> _submit;
    private readonly Func<long> _version;
    private readonly TimeSpan _interval;
    private readonly int _maxInlineBytes;
    private readonly Lock _lock = new();
    private readonly Queue<GroupWrite> _waiting = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private long _bytes;
    private int _urgent;
    private bool _isComplete;
    private long? _lastAt;

    public GroupWriter(
        ShardContext context, Func<Func<ShardState, Entry?>, CancellationToken, ValueTask<CommitOutcome>> submit, Func<long> version)
    {
        (_context, _submit, _version) = (context, submit, version);
        _interval = context.Options.EffectiveGroupCommitInterval;
        _maxInlineBytes = context.Options.MaxInlineGroupBytes;
    }

    /// <summary>Takes a change; it fails at once where too many wait or the shard is stopping.</summary>
    public GroupWrite Write(int epoch, GroupChange change, bool isUrgent)
    {
        var (own, bytes) = AsRead(change);
        var write = new GroupWrite(epoch, own, isUrgent, bytes);
        lock (_lock)
        {
            if (_isComplete || _waiting.Count >= MaxWaiting)
            {
                write.Complete(CommitResult.Failed);
                return write;
            }

            _waiting.Enqueue(write);
            _bytes += bytes;
            _urgent += isUrgent ? 1 : 0;
        }

        _wake.Writer.TryWrite(true);
        return write;
    }

    /// <summary>No more changes come; the loop ends when all are written.</summary>
    public void Complete()
    {
        lock (_lock)
            _isComplete = true;
        _wake.Writer.TryComplete();
    }

    /// <summary>The loop. Ends when <see cref="Complete"/> was called and nothing waits, or at once when cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (await WaitForWorkAsync(stopping))
            {
                await PaceAsync(stopping);
                if (Gather() is { Count: > 0 } batch)
                    await CommitAsync(batch, stopping);
            }
        }
        finally
        {
            Complete();
            while (Gather() is { Count: > 0 } batch)
                batch.ForEach(static w => w.Complete(CommitResult.Failed));
        }
    }

    // What others will read is what is applied here: text that no UTF-8 holds would otherwise differ. The change's memory is its own, too.
    private static (GroupChange Change, int Bytes) AsRead(GroupChange change)
    {
        var writer = new FormatWriter();
        GroupCodec.WriteChange(writer, change, 0);
        var reader = new FormatReader(writer.Written.Span, "a change of a group");
        return (GroupCodec.ReadChange(ref reader, 0), writer.Length);
    }

    private async ValueTask<bool> WaitForWorkAsync(CancellationToken stopping)
    {
        while (true)
        {
            while (_wake.Reader.TryRead(out _))
                continue;
            lock (_lock)
            {
                if (_waiting.Count > 0)
                    return true;
            }

            if (!await _wake.Reader.WaitToReadAsync(stopping))
            {
                lock (_lock)
                    return _waiting.Count > 0;
            }
        }
    }

    private bool IsDue
    {
        get
        {
            lock (_lock)
                return _isComplete || _urgent > 0 || _bytes > _maxInlineBytes;
        }
    }

    private async Task PaceAsync(CancellationToken stopping)
    {
        var wait = _lastAt is { } last ? _interval - _context.Runtime.Time.GetElapsedTime(last) : TimeSpan.Zero;
        if (wait <= TimeSpan.Zero || IsDue)
            return;
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var over = Task.Delay(wait, _context.Runtime.Time, awake.Token).OnContext();
        while (!over.IsCompleted && !IsDue)
            await Task.WhenAny(over, WokenAsync(awake.Token));
        awake.Cancel();
        stopping.ThrowIfCancellationRequested();
    }

    // Not AsTask, which would resume on the thread pool whatever the context.
    private async Task WokenAsync(CancellationToken stopping)
    {
        if (await _wake.Reader.WaitToReadAsync(stopping))
            _wake.Reader.TryRead(out _);
    }

    // In order, and of one epoch: a coordinator that was deposed and regained its shard has decisions of two.
    private List<GroupWrite> Gather()
    {
        var (batch, bytes) = (new List<GroupWrite>(), 0L);
        lock (_lock)
        {
            var limit = _bytes > SlotsOfAnObject * _maxInlineBytes ? MaxObjectBytes : _maxInlineBytes;
            while (_waiting.TryPeek(out var next)
                && (batch.Count == 0 || (next.Epoch == batch[0].Epoch && bytes + next.Bytes <= limit)))
            {
                _waiting.Dequeue();
                _bytes -= next.Bytes;
                _urgent -= next.IsUrgent ? 1 : 0;
                if (!next.TryTake())
                    continue;
                batch.Add(next);
                bytes += next.Bytes;
            }
        }

        return batch;
    }

    [SuppressMessage("Design", "CA1031", Justification = "A defect that a change meets is told to who waits; others go on.")]
    private async Task CommitAsync(List<GroupWrite> batch, CancellationToken stopping)
    {
        _lastAt = _context.Runtime.Time.GetTimestamp();
        foreach (var early in batch.Where(w => _context.Options.GroupRules.IsAnsweredEarly(w.Change)))
            early.Complete(CommitResult.Applied);
        try
        {
            var refusals = new GroupRefusal[batch.Count];
            var result = await CommitAsync(batch, refusals, stopping);
            for (var i = 0; i < batch.Count; i++)
            {
                var isRefused = refusals[i] != GroupRefusal.None && result is CommitResult.Applied or CommitResult.Withdrawn;
                batch[i].Complete(isRefused ? CommitResult.Withdrawn : result, isRefused ? refusals[i] : GroupRefusal.None);
            }
        }
        catch (OperationCanceledException)
        {
            batch.ForEach(static w => w.Complete(CommitResult.Unknown));
            throw;
        }
        catch (StoreException)
        {
            batch.ForEach(static w => w.Complete(CommitResult.Failed));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            batch.ForEach(w => w.Fail(e));
        }
    }

    private async Task<CommitResult> CommitAsync(List<GroupWrite> batch, GroupRefusal[] refusals, CancellationToken stopping)
    {
        var isLarge = batch.Sum(w => (long)w.Bytes) > _maxInlineBytes;
        while (true)
        {
            var stored = isLarge ? await PutAsync(batch, stopping) : null;
            var outcome = await _submit(state => Propose(state, batch, refusals, stored), stopping);
            if (outcome.Result != CommitResult.Void)
                return outcome.Result;
        }
    }

    // Each change is judged on the state that those before it lead to, as it will be when the entry is applied.
    private Entry? Propose(ShardState state, List<GroupWrite> batch, GroupRefusal[] refusals, ObjectEntry? stored)
    {
        var (epoch, now) = (_context.Options.GroupRules.EpochOf(batch[0].Epoch, state.Epoch), _context.NowMs);
        var accepted = ImmutableArray.CreateBuilder<GroupChange>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            var change = batch[i].Change;
            refusals[i] = GroupTransition.RefusalOf(state, epoch, change);
            if (refusals[i] != GroupRefusal.None)
                continue;
            accepted.Add(change);
            if (i < batch.Count - 1)
                state = GroupTransition.Apply(state, change, now);
        }

        return accepted.Count == 0 ? null : stored is not null ? stored : new GroupsEntry(now, epoch, accepted.ToImmutable());
    }

    // An object store that is away holds up the groups of the shard no longer than this: who waits is told to come again.
    private async Task<ObjectEntry> PutAsync(List<GroupWrite> batch, CancellationToken stopping)
    {
        var now = _context.NowMs;
        var content = new GroupsEntry(now, batch[0].Epoch, [.. batch.Select(static w => w.Change)]);
        var bytes = EntryObjectCodec.Encode(content);
        var reference = new ObjectRef(ObjectKind.Entry, _version(), _context.Runtime.Random.NextUInt64());
        var backoff = new Backoff(_context.Runtime);
        while (true)
        {
            try
            {
                await _context.Stores.Objects.PutAsync(reference.NameIn(_context.Number), [bytes], stopping);
                return new ObjectEntry(now, reference, bytes.Length, content);
            }
            catch (StoreException e) when (e.IsTransient && backoff.Failures < MaxPutAttempts)
            {
                _context.Metrics.StoreRetries.Add(1);
                await backoff.WaitAsync(stopping);
            }
        }
    }
}
