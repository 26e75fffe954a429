using System.Diagnostics.CodeAnalysis;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Cache;

/// <summary>
/// What was read from the object store, bounded in bytes. Concurrent readers of one block share one load; a reader that gives up does not
/// stop it. Blocks in use are never freed, so the bound may be passed while more than that is in use. Thread-safe.
/// </summary>
internal sealed partial class BlockCache : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BlockKey, BlockEntry> _entries = [];
    private readonly BlockOrder _order;
    private readonly FailedLoads _failed;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stop;
    private readonly OwnedTasks _loads = new();
    private readonly long _capacityBytes;
    private readonly HistoryBudget _budget;
    private readonly ObjectReads _reads;
    private readonly FetchMetrics _metrics;
    private readonly ILogger _log;
    private volatile bool _isOverfull;

    public BlockCache(long capacityBytes, HistoryBudget budget, ObjectReads reads, FetchMetrics metrics, ILogger log, TimeProvider time)
    {
        _failed = new FailedLoads(time);
        _capacityBytes = capacityBytes;
        _stop = _stopping.Token;
        _order = new BlockOrder(capacityBytes / 5 * 4);
        (_budget, _reads, _metrics, _log) = (budget, reads, metrics, log);
    }

    /// <summary>Hears of a block that was missing or damaged and is neither now.</summary>
    public Action<BlockKey>? Healed { get; set; }

    /// <summary>Bytes held.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _order.Bytes;
        }
    }

    /// <summary>The block if it is there, referenced for the caller.</summary>
    /// <param name="key">Which block.</param>
    /// <param name="offset">The offset that is wanted of it.</param>
    /// <param name="block">The block.</param>
    public bool TryGet(BlockKey key, long offset, [NotNullWhen(true)] out Block? block)
    {
        lock (_lock)
            block = _entries.TryGetValue(key, out var entry) ? Reference(entry, offset) : null;
        if (block is null)
            return false;
        _metrics.Hit();
        return true;
    }

    /// <summary>Whether the block is there or on its way.</summary>
    public bool Contains(BlockKey key)
    {
        lock (_lock)
            return _entries.ContainsKey(key);
    }

    /// <summary>Whether the block is there.</summary>
    public bool IsLoaded(BlockKey key)
    {
        lock (_lock)
            return _entries.TryGetValue(key, out var entry) && entry.Block is not null;
    }

    /// <summary>The block, loaded if need be, referenced for the caller.</summary>
    public ValueTask<LoadOutcome> GetAsync(BlockRequest request, long offset, CancellationToken cancellationToken)
    {
        BlockEntry? entry;
        var isMine = false;
        lock (_lock)
        {
            if (_entries.TryGetValue(request.Key, out entry))
            {
                if (Reference(entry, offset) is { } block)
                {
                    _metrics.Hit();
                    return new(new LoadOutcome(block, null));
                }

                entry.Waiters++;
            }
            else if (_failed.Find(request.Key) is { } failure)
            {
                return new(new LoadOutcome(null, failure));
            }
            else
            {
                isMine = true;
                entry = new BlockEntry(request, waiters: 1);
                _entries.Add(request.Key, entry);
            }
        }

        _metrics.Miss();
        if (isMine)
            _loads.Own(LoadAsync(entry, request, isAdmitted: false));
        return entry.Completion.Task.IsCompletedSuccessfully ? new(entry.Completion.Task.Result) : AwaitAsync(entry, cancellationToken);
    }

    /// <summary>Part of an object in its file, if the store has such; null: it has to be read.</summary>
    public ValueTask<ObjectFile?> OpenFileAsync(BlockKey key, int length, CancellationToken cancellationToken) =>
        _reads.OpenFileAsync(key.ObjectName, key.Position, length, cancellationToken);

    /// <summary>A reader has taken what lies in a block before <paramref name="nextOffset"/>.</summary>
    /// <param name="key">Which block.</param>
    /// <param name="nextOffset">Where he goes on.</param>
    /// <param name="isPassed">Whether that lies behind the block.</param>
    public void Taken(BlockKey key, long nextOffset, bool isPassed)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry) || entry.Block is null)
                return;
            entry.TakenUntil = Math.Max(entry.TakenUntil, nextOffset);
            if (isPassed)
                _order.Pass(entry);
        }
    }

    /// <summary>What is known of a block does not hold any more: it is loaded again when it is wanted next.</summary>
    public void Forget(BlockKey key)
    {
        Block? block = null;
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var entry) && (block = entry.Block) is not null)
            {
                _entries.Remove(key);
                _order.Remove(entry);
            }
        }

        block?.Release();
    }

    /// <summary>Begins to load a block for which nobody waits yet.</summary>
    /// <returns>False when the budget has no room for it now.</returns>
    public bool TryStart(BlockRequest request)
    {
        lock (_lock)
        {
            if (_entries.ContainsKey(request.Key))
                return true;
            if (_failed.Find(request.Key) is not null)
                return false; // The reader will be told.
        }

        if (!_budget.TryEnterAhead(request.Bytes))
            return false;
        var entry = new BlockEntry(request, waiters: 0);
        bool isMine;
        lock (_lock)
            isMine = _entries.TryAdd(request.Key, entry);
        if (isMine)
            _loads.Own(LoadAsync(entry, request, isAdmitted: true));
        else
            _budget.Leave(request.Bytes);
        return true;
    }

    /// <summary>Asks the store again for what it lacked: for one who must know how things stand now.</summary>
    public void ForgetFailures()
    {
        lock (_lock)
            _failed.Clear();
    }

    /// <summary>Frees unused blocks beyond the bound: what was in use when room was wanted may not be any more.</summary>
    public void MakeRoom()
    {
        if (!_isOverfull)
            return;
        lock (_lock)
            Shrink();
    }

    /// <summary>Stops loads, waits for them, and frees what is not in use.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await _loads.DrainAsync();
        lock (_lock)
            _order.Shrink(0, _entries);
        _stopping.Dispose();
    }

    // Under the lock.
    private void Shrink()
    {
        _order.Shrink(_capacityBytes, _entries);
        _isOverfull = _order.Bytes > _capacityBytes;
    }

    // Under the lock.
    private Block? Reference(BlockEntry entry, long offset)
    {
        if (entry.Block is not { } block)
            return null;
        block.AddReference();
        _order.Touch(entry, offset);
        return block;
    }

    private async Task LoadAsync(BlockEntry entry, BlockRequest request, bool isAdmitted)
    {
        try
        {
            if (!isAdmitted && request.ReadsStore)
            {
                await _budget.EnterAsync(request.Bytes, _stop);
                isAdmitted = true;
            }

            Block block;
            try
            {
                block = await request.LoadAsync(_reads, _stop);
            }
            finally
            {
                if (isAdmitted)
                    _budget.Leave(request.Bytes);
            }

            Publish(entry, block);
        }
        catch (StoreException failure)
        {
            Report(request, failure, isNews: Abandon(entry, failure));
            entry.Completion.SetResult(new LoadOutcome(null, failure));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            Abandon(entry);
            entry.Completion.SetResult(new LoadOutcome(null, new StoreException(StoreErrorKind.Unavailable, "reading has been stopped")));
        }
        catch (Exception defect)
        {
            // A defect: those who wait must learn of it, or they wait for ever.
            Abandon(entry);
            entry.Completion.SetException(defect);
        }
    }

    private void Report(BlockRequest request, StoreException failure, bool isNews)
    {
        if (failure.Kind == StoreErrorKind.Corrupt)
        {
            _metrics.Corrupt();
            if (isNews)
                LogCorrupt(_log, request.Key.ObjectName, request.Key.Position, failure);
        }
        else if (failure.Kind == StoreErrorKind.NotFound)
        {
            _metrics.Missing();
        }
    }

    private void Publish(BlockEntry entry, Block block)
    {
        bool isHealed;
        lock (_lock)
        {
            isHealed = _failed.Remove(entry.Key);
            block.Publish(this, entry.Waiters);
            entry.Block = block;
            entry.IsSettled = true;
            _order.Add(entry);
            Shrink();
        }

        if (isHealed)
            Healed?.Invoke(entry.Key);
        entry.Completion.SetResult(new LoadOutcome(block, null));
    }

    // A failure that may pass is not remembered: the next reader tries again.
    private bool Abandon(BlockEntry entry, StoreException? failure = null)
    {
        lock (_lock)
        {
            _entries.Remove(entry.Key);
            entry.IsSettled = true;
            return failure is not null && _failed.Add(entry.Key, failure);
        }
    }

    private async ValueTask<LoadOutcome> AwaitAsync(BlockEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            return await entry.Completion.Task.OnContext().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            GiveUp(entry);
            throw;
        }
    }

    // The waiter's reference is either not handed out yet, or must be handed back.
    private void GiveUp(BlockEntry entry)
    {
        Block? block;
        lock (_lock)
        {
            block = entry.Block;
            if (!entry.IsSettled)
                entry.Waiters--;
        }

        block?.Release();
    }

    [LoggerMessage(1300, LogLevel.Error, "Stored bytes of {ObjectName} at {Position} fail their checks; they are not served")]
    private static partial void LogCorrupt(ILogger log, string objectName, long position, Exception failure);
}
