using System.Collections.Concurrent;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;

namespace CloudStream.Log.Waiting;

/// <summary>Waits at the end of a log for the shard's next commit, here or elsewhere. Never spins. Thread-safe.</summary>
internal sealed class EndOfLogWait(LogOptions options, TimeProvider time)
{
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<int, EndOfLogPolicy> _policies = new();

    /// <summary>
    /// A strong read of the register, on which the shard's waiting readers need not follow with another one at once. A read that takes
    /// longer than the request timeout (it may stand behind a commit that cannot be settled) has failed.
    /// </summary>
    /// <exception cref="StoreException">The register cannot be read now.</exception>
    public async ValueTask<ShardState> RefreshAsync(IShardLog shard, CancellationToken cancellationToken)
    {
        PolicyOf(shard).Reading();
        using var patience = new CancellationTokenSource(options.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await shard.RefreshAsync(either.Token);
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new StoreException(StoreErrorKind.Unavailable,
                $"the register of shard {shard.Number} was not read within {options.RequestTimeout}", e);
        }
    }

    /// <summary>Proves the shard's state fit to answer a question, within the request timeout.</summary>
    /// <exception cref="StoreException">The register cannot be read now.</exception>
    public ValueTask ProveAsync(IShardLog shard, long question, CancellationToken cancellationToken)
    {
        if (shard.IsProven(question))
            return ValueTask.CompletedTask;
        var proof = shard.ProveAsync(question, cancellationToken);
        return proof.IsCompletedSuccessfully ? proof : PatientlyAsync(shard, proof.AsTask(), cancellationToken);
    }

    /// <summary>
    /// Waits until the state of one of the shards, whichever moves first, may be newer than its watch knows, a register has been re-read,
    /// or <paramref name="left"/> has passed.
    /// </summary>
    /// <returns>The watch whose register was due and cannot be read, and why; null when all is well.</returns>
    public async ValueTask<(ShardWatch Watch, StoreException Failure)?> WaitAsync(
        IReadOnlyList<ShardWatch> watches, TimeSpan left, CancellationToken cancellationToken)
    {
        using var change = new ChangeWait();
        foreach (var watch in watches)
        {
            if (!change.TryAdd(watch.Shard, watch.State.Version))
                return null;
        }

        var sleep = left;
        foreach (var watch in watches)
        {
            var policy = PolicyOf(watch.Shard);
            if (policy.TryTakeTurn(watch.Shard.NewestOfOthers))
            {
                var failure = await ReadRegisterAsync(watch.Shard, change.Moved, left, cancellationToken);
                return failure is null ? null : (watch, failure);
            }

            sleep = Shortest(sleep, policy.UntilDue(watch.Shard.NewestOfOthers));
        }

        await SleepAsync(change.Moved, sleep, cancellationToken);
        return null;
    }

    private EndOfLogPolicy PolicyOf(IShardLog shard) =>
        _policies.TryGetValue(shard.Number, out var policy) ? policy : _policies.GetOrAdd(shard.Number, new EndOfLogPolicy(options, time));

    private async ValueTask PatientlyAsync(IShardLog shard, Task proof, CancellationToken cancellationToken)
    {
        try
        {
            await proof.OnContext().WaitAsync(options.RequestTimeout, time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new StoreException(StoreErrorKind.Unavailable,
                $"the register of shard {shard.Number} was not read within {options.RequestTimeout}", e);
        }
    }

    // The register may be slow to answer: the reader's patience ends all the same, and so does the wait when a commit is seen meanwhile.
    private async ValueTask<StoreException?> ReadRegisterAsync(
        IShardLog shard, Task changed, TimeSpan left, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Shortest(left, s_longestSleep), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var read = shard.RefreshAsync(either.Token).AsTask();
            await Task.WhenAny(read, changed);
            patience.Cancel();
            await read;
            return null;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null; // The time is up, or there is something to return.
        }
        catch (StoreException e)
        {
            return e;
        }
    }

    // No exception at the end of the sleep: an idle consumer ends every fetch this way.
    private async ValueTask SleepAsync(Task changed, TimeSpan sleep, CancellationToken cancellationToken)
    {
        if (sleep <= TimeSpan.Zero)
            return;
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // In whole milliseconds, rounded up: timers cut fractions off, and a sleep of none would spin.
        var milliseconds = Math.Ceiling(Shortest(sleep, s_longestSleep).TotalMilliseconds);
        await Task.WhenAny(changed, Task.Delay(TimeSpan.FromMilliseconds(milliseconds), time, awake.Token).OnContext());
        awake.Cancel();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TimeSpan Shortest(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
