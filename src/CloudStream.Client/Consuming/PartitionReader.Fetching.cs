using CloudStream.Client.Logging;
using CloudStream.Client.Transport;
using CloudStream.Records;

namespace CloudStream.Client.Consuming;

/// <summary>
/// The loop that fetches ahead: one request at a time, the next one on its way while the records of the last are consumed.
/// </summary>
internal sealed partial class PartitionReader
{
    private const int MaxCorruptReplies = 3;

    private readonly Backoff _backoff = new(services.Client.Options);
    private long? _endOffset;
    private long _failingSince;
    private int _corruptReplies;

    private async Task FetchAheadAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var (generation, position, token) = Snapshot();
            using var both = CancellationTokenSource.CreateLinkedTokenSource(token, _stop.Token);
            try
            {
                await FetchGenerationAsync(generation, position, both.Token);
            }
            catch (OperationCanceledException)
            {
                // A seek, or the end.
            }
            catch (Exception e)
            {
                Fail(generation, e);
                await WaitAsync(both.Token);
            }
        }
    }

    private (int Generation, Offset Position, CancellationToken Token) Snapshot()
    {
        lock (_gate)
            return (_generation, _position, _generationStop.Token);
    }

    private async Task FetchGenerationAsync(int generation, Offset position, CancellationToken token)
    {
        var offset = position.IsNumber ? position.Value : await RetryAsync(() => LookUpAsync(position, token), -1, token);
        MoveTo(generation, offset);
        if (services.Options.StopAtEnd)
            _endOffset ??= await RetryAsync(() => LookUpAsync(Offset.End, token), offset, token);

        // From beyond the end the broker is asked all the same: it says that this is out of range.
        for (var isBeyond = offset > _endOffset; isBeyond || !(offset >= _endOffset); isBeyond = false)
        {
            await WaitForRoomAsync(token);
            var (reply, from) = await FetchInRangeAsync(offset, token);
            var batches = Check(generation, from, reply);
            offset = batches.NextOffset;
            if (batches.Bytes.IsEmpty)
                SkipEmpty(batches);
            else
                Enqueue(batches);
        }

        await ReachEndAsync(generation, token);
    }

    private async Task<(FetchReply Reply, long Offset)> FetchInRangeAsync(long offset, CancellationToken token)
    {
        while (true)
        {
            try
            {
                return (await RetryAsync(() => FetchAsync(offset, token), offset, token), offset);
            }
            catch (CloudStreamException e)
                when (e.ErrorCode == ErrorCode.OffsetOutOfRange && services.Options.AutoOffsetReset != AutoOffsetReset.Error)
            {
                var reset = services.Options.AutoOffsetReset == AutoOffsetReset.Earliest ? Offset.Beginning : Offset.End;
                var found = await RetryAsync(() => LookUpAsync(reset, token), offset, token);
                ClientLog.OffsetReset(services.Logger, Partition.Topic, Partition.Partition, offset, found);
                offset = found;
            }

            // Retention may overtake the look-up; then it is looked up again, not at once.
            await Task.Delay(services.Client.Options.RetryBackoff, services.Time, token);
        }
    }

    // The broker may say that reading goes on further up though there is nothing to read: what was there has been compacted away.
    private void SkipEmpty(ConsumedBatches batches)
    {
        batches.Release();
        lock (_gate)
        {
            if (_queue.Count == 0 && _current is null && batches.Generation == _generation)
                _position = batches.NextOffset;
        }
    }

    private async Task ReachEndAsync(int generation, CancellationToken token)
    {
        lock (_gate)
            _isAtEnd = generation == _generation;
        services.Ready.Signal();
        await WaitAsync(token);
    }

    /// <summary>Waits until the generation is over.</summary>
    private static Task WaitAsync(CancellationToken token)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), over);
        return over.Task;
    }

    private Task<long> LookUpAsync(Offset at, CancellationToken token) => services.Admin.ListOffsetAsync(Partition, at, token);

    private async Task<FetchReply> FetchAsync(long offset, CancellationToken token)
    {
        var options = services.Options;
        var reply = await services.Client.Api.FetchAsync(
            Partition, offset, services.FetchBytes, Math.Min(options.FetchMinBytes, services.FetchBytes), options.FetchWait, token);
        if (!options.VerifyCrc || HasValidCrcs(reply.Bytes.Span))
            return reply;
        reply.Dispose();

        // A damaged transfer is cured by another; damage at the broker is not.
        throw new CloudStreamException(
            ErrorCode.CorruptMessage, $"A record batch of {Partition} at offset {offset} or later does not match its checksum.")
        {
            IsRetriable = ++_corruptReplies < MaxCorruptReplies,
        };
    }

    private static bool HasValidCrcs(ReadOnlySpan<byte> batches)
    {
        var walk = new RecordBatchEnumerator(batches);
        while (walk.MoveNext())
        {
            if (!RecordBatchValidator.HasValidCrc(walk.CurrentBytes))
                return false;
        }

        return true;
    }

    private ConsumedBatches Check(int generation, long offset, FetchReply reply)
    {
        _corruptReplies = 0;
        var walk = new RecordBatchEnumerator(reply.Bytes.Span);
        var next = reply.Length == 0 ? Math.Max(offset, reply.NextOffset) : -1;
        while (walk.MoveNext())
            next = walk.Current.NextOffset;
        var isWhole = walk.Status is BatchReadStatus.End or BatchReadStatus.Incomplete;
        if (isWhole && (reply.Length == 0 || next > offset))
            return new ConsumedBatches(Partition, offset, _endOffset ?? long.MaxValue, reply, walk.CurrentStart, next, generation);
        reply.Dispose();
        throw new CloudStreamException(
            ErrorCode.InvalidReply,
            $"The fetch of {Partition} at offset {offset} brought no whole record batches from there on ({walk.Status}).");
    }

    private async Task WaitForRoomAsync(CancellationToken token)
    {
        while (true)
        {
            lock (_gate)
            {
                // Whoever has nothing may always fetch: it would not notice when others make room, and its share is small.
                if (_queue.Count == 0 || (_queuedBytes < services.Options.PrefetchBytes && services.HasRoom))
                    return;
            }

            token.ThrowIfCancellationRequested();
            await _wakeUp.WaitAsync(token);
        }
    }

    private async Task<T> RetryAsync<T>(Func<Task<T>> attempt, long offset, CancellationToken token)
    {
        while (true)
        {
            TimeSpan wait;
            try
            {
                var result = await attempt();
                _backoff.Succeeded();
                return result;
            }
            catch (CloudStreamException e) when (e.IsRetriable && MayGoOn())
            {
                wait = _backoff.Failed(e.RetryAfter);
                ClientLog.FetchAgain(services.Logger, Partition.Topic, Partition.Partition, offset, e.ErrorCode, wait.TotalMilliseconds);
            }

            await Task.Delay(wait, services.Time, token);
        }
    }

    private bool MayGoOn()
    {
        if (_backoff.Failures == 0)
            _failingSince = services.Time.GetTimestamp();
        return services.Options.RetryTimeout == Timeout.InfiniteTimeSpan
            || services.Time.GetElapsedTime(_failingSince) < services.Options.RetryTimeout;
    }

    private void Fail(int generation, Exception e)
    {
        lock (_gate)
        {
            if (generation != _generation)
                return;
            var at = new TopicPartitionOffset(Partition, _position);
            var known = e as CloudStreamException;
            _error = new ConsumeException(known?.ErrorCode ?? ErrorCode.InvalidReply, $"{at} could not be read: {e.Message}", e)
            {
                TopicPartitionOffset = at,
                IsRetriable = known?.IsRetriable ?? false,
                HttpStatus = known?.HttpStatus,
                Detail = known?.Detail,
                LogStartOffset = known?.LogStartOffset,
                HighWatermark = known?.HighWatermark,
            };
        }

        services.Ready.Signal();
    }
}
