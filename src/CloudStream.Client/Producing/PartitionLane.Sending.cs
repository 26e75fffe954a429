using CloudStream.Client.Logging;
using CloudStream.Client.Transport;
using CloudStream.Records.Compression;

namespace CloudStream.Client.Producing;

/// <summary>
/// The loop: (1) judge the answers that came, (2) report the settled batches at the front, (3) send what may be sent, (4) wait.
/// <list type="bullet">
/// <item>Several batches are in flight only while all goes well and the broker knows this identity in this partition: it takes the first
/// batch of an unknown producer whatever its sequence, so a first batch travels alone.</item>
/// <item>After a failure everything in flight is awaited; then the unacknowledged batches go again from the first on, with the same
/// bytes.</item>
/// <item>A batch that is given up leaves a gap in the sequences; those after it begin again under another identity.</item>
/// </list>
/// Not thread-safe, but for <c>SendAsync</c>, which only sets a batch's answer before it signals.
/// </summary>
internal sealed partial class PartitionLane
{
    /// <summary>
    /// Company that a batch waits for while others are in flight; without it, a linger of 0 would send batches of one record.
    /// </summary>
    private static readonly TimeSpan LeastLingerInFlight = TimeSpan.FromMilliseconds(1);

    /// <summary>After so long a silence the broker may have forgotten the producer, so the next batch travels alone.</summary>
    private static readonly TimeSpan QuietSpell = TimeSpan.FromMinutes(1);

    private const int MaxRestarts = 3;

    private readonly List<ProducerBatch> _unacknowledged = [];
    private readonly Backoff _backoff;
    private ProducerIdentity? _identity;
    private int _nextSequence;
    private bool _mustRestart = true;
    private bool _isEstablished;
    private bool _isRecovering;
    private long _lastSuccessAt;
    private long _resumeAt;
    private int _inFlight;
    private BatchContent? _writing;

    private TimeSpan Linger =>
        _inFlight > 0 && _services.Options.Linger < LeastLingerInFlight ? LeastLingerInFlight : _services.Options.Linger;

    private TimeSpan Pause => _services.Time.GetElapsedTime(_services.Time.GetTimestamp(), _resumeAt);

    private bool IsIdempotent => _services.Options.EnableIdempotence;

    private async Task RunAsync()
    {
        while (true)
        {
            JudgeAnswers();
            ReportFront();
            await SendWhatMayGoAsync();
            ReportFront();
            if (_unacknowledged.Count == 0 && TryStop())
                return;
            await _wakeUp.WaitAsync();
        }
    }

    private void JudgeAnswers()
    {
        for (var i = 0; i < _unacknowledged.Count; i++)
        {
            var batch = _unacknowledged[i];
            if (batch.State != BatchState.InFlight || (batch.Answer is null && batch.Error is null))
                continue;
            _inFlight--;
            if (batch.Answer is not null)
                Acknowledge(batch);
            else
                Judge(batch, batch.Error!);
        }
    }

    private void Acknowledge(ProducerBatch batch)
    {
        batch.State = BatchState.Acknowledged;
        _isEstablished = true;
        _lastSuccessAt = _services.Time.GetTimestamp();
        _backoff.Succeeded();
        _services.Failures.LastAttempt = null;
    }

    private void Judge(ProducerBatch batch, CloudStreamException error)
    {
        batch.MayHaveHappened |= error.MayHaveHappened;
        _isRecovering = true;
        if (IsIdempotent && error.ErrorCode == ErrorCode.OutOfOrderSequence && batch.Restarts < MaxRestarts)
        {
            // Behind others it only overtook them. Sent alone, it proves that the broker has not got the batch: had it, it would have
            // answered with its offset, for no more than five are in flight and it remembers five. So what was sent before is void.
            batch.State = BatchState.Waiting;
            if (batch.WasFront)
                Restart(batch);
        }
        else if (MayGoAgain(error))
        {
            batch.State = BatchState.Waiting;
            PauseAfter(error);
        }
        else
        {
            batch.State = BatchState.Failed;
            _services.Catalog.Forget(_partition.Topic);
        }
    }

    private bool MayGoAgain(CloudStreamException error) =>
        error.IsRetriable && (!error.MayHaveHappened || IsIdempotent || _services.Options.AllowDuplicates);

    private void PauseAfter(CloudStreamException error)
    {
        if (Pause > TimeSpan.Zero)
            return; // Batches that failed together are one failure.
        var wait = _backoff.Failed(error.RetryAfter);
        _services.Failures.LastAttempt = error;
        _resumeAt = _services.Time.GetTimestamp() + (long)(wait.TotalSeconds * _services.Time.TimestampFrequency);
        ClientLog.SendAgain(_services.Logger, _partition.Topic, _partition.Partition, error.ErrorCode, wait.TotalMilliseconds);
    }

    private void Restart(ProducerBatch front)
    {
        // One that came after it is in the log: sent now, it would stand behind that.
        if (_unacknowledged.Exists(batch => batch.State == BatchState.Acknowledged))
            front.State = BatchState.Failed;
        _mustRestart = true;
        _isEstablished = false;
        foreach (var batch in _unacknowledged)
        {
            batch.MayHaveHappened = false;
            batch.Restarts++;
        }

        ClientLog.Restart(_services.Logger, _partition.Topic, _partition.Partition);
    }

    private void ReportFront()
    {
        while (_unacknowledged.Count > 0 && _unacknowledged[0] is { State: BatchState.Acknowledged or BatchState.Failed } front)
        {
            _unacknowledged.RemoveAt(0);
            if (front.State == BatchState.Acknowledged)
                _isRecovering = _unacknowledged.Exists(batch => batch.State == BatchState.Waiting);
            else
                AfterGivingUp(front);
            Report(front);
        }
    }

    // What certainly is not in the log leaves a gap, so the sequences begin anew. What may be there leaves the sequences as they are:
    // if the next batch is refused as out of order, that is the proof, and they begin anew then.
    private void AfterGivingUp(ProducerBatch front)
    {
        _isEstablished = false;
        if (!front.MayHaveHappened)
            _mustRestart = true;
    }

    private void Report(ProducerBatch batch)
    {
        var (records, taken) = (batch.RecordCount, batch.TakenBytes);
        try
        {
            batch.Report(_partition, _services.Failures);
        }
        catch (Exception e)
        {
            // The caller's delivery handler threw: its own matter, but the lane must live on.
            ClientLog.HandlerFailed(_services.Logger, e);
        }

        _services.Pool.Return(batch);
        _services.Budget.Return(taken);
        Settled(records);
    }

    private async Task SendWhatMayGoAsync()
    {
        GiveUpWhatIsLate();
        while (!MustWait() && NextToSend() is { } batch)
        {
            if (GiveUpIfLate(batch))
                return;
            if (IsIdempotent && _mustRestart && !await TryRestartAsync(batch))
                return;
            Build(batch);
            Send(batch);
        }
    }

    private bool MustWait()
    {
        if (Pause is var pause && pause > TimeSpan.Zero && !_services.End.HasCome)
        {
            WakeAfter(TimeUntilLate() is { } late && late < pause ? late : pause);
            return true;
        }

        return Volatile.Read(ref _writing) is not null || _inFlight >= AllowedInFlight();
    }

    private int AllowedInFlight()
    {
        if (!IsIdempotent || _isRecovering || _mustRestart || !_isEstablished)
            return 1;
        return _services.Time.GetElapsedTime(_lastSuccessAt) > QuietSpell ? 1 : _services.Options.MaxInFlight;
    }

    private ProducerBatch? NextToSend()
    {
        foreach (var batch in _unacknowledged)
        {
            if (batch.State == BatchState.Waiting)
                return batch;
            if (batch.State == BatchState.Failed)
                return null; // What follows it gets other sequences once it is reported.
        }

        // The broker remembers five batches, so no more than that may be unsettled, acknowledged ones behind a failed one included.
        if (_unacknowledged.Count >= _services.Options.MaxInFlight || TakeBatch() is not { } next)
            return null;
        _unacknowledged.Add(next);
        return next;
    }

    private void GiveUpWhatIsLate()
    {
        foreach (var batch in _unacknowledged)
        {
            if (batch.State == BatchState.Waiting)
                GiveUpIfLate(batch);
        }

        // What was never taken was never sent, so that its sequences do not matter.
        while (TakeLateBatch() is { } late)
        {
            _unacknowledged.Add(late);
            GiveUpIfLate(late);
        }
    }

    private bool GiveUpIfLate(ProducerBatch batch)
    {
        if (_services.End.HasCome)
            return GiveUp(batch, _services.End.Error(batch.Error ?? _services.Failures.LastAttempt));
        if (_services.TimeLeft(batch.AskedAt) > TimeSpan.Zero)
            return false;
        var what = batch.Error is null ? "it waited for the batches before it" : "it waited to be sent again";
        return GiveUp(batch, _services.TimedOut(what, batch.Error ?? _services.Failures.LastAttempt));
    }

    // Requests that are on their way end by themselves: each has what was left of its batch's time.
    private TimeSpan? TimeUntilLate()
    {
        var least = TimeLeftOfNext();
        foreach (var batch in _unacknowledged)
        {
            if (batch.State == BatchState.Waiting && _services.TimeLeft(batch.AskedAt) is var left && (least is null || left < least))
                least = left;
        }

        return least;
    }

    private bool GiveUp(ProducerBatch batch, CloudStreamException error)
    {
        batch.Answered(null, error);
        batch.State = BatchState.Failed;
        _wakeUp.Signal();
        return true;
    }

    private async Task<bool> TryRestartAsync(ProducerBatch front)
    {
        using var time = new CancellationTokenSource(_services.TimeLeft(front.AskedAt), _services.Time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(time.Token, _services.End.Token);
        try
        {
            _identity = await _services.Identities.GetAsync(_identity, any.Token);
            (_nextSequence, _mustRestart, _isEstablished) = (0, false, false);
            foreach (var batch in _unacknowledged)
            {
                if (batch.State == BatchState.Waiting)
                    batch.Unbuild();
            }

            return true;
        }
        catch (CloudStreamException e)
        {
            front.Answered(null, e);
            if (e.IsRetriable)
                PauseAfter(e);
            else
                front.State = BatchState.Failed;
        }
        catch (OperationCanceledException)
        {
            // The next turn gives up; an attempt that failed before tells more of why.
            var server = string.Join(" or ", _services.ClientOptions.Servers);
            var silence = new CloudStreamException(ErrorCode.ReplyLost, $"No producer id came from {server}.");
            front.Answered(null, front.Error ?? silence);
        }

        _wakeUp.Signal();
        return false;
    }

    private void Build(ProducerBatch batch)
    {
        if (!batch.Built.IsEmpty)
            return;
        batch.Build(IsIdempotent ? _identity : null, IsIdempotent ? _nextSequence : -1);
        _nextSequence = (int)(((long)_nextSequence + batch.RecordCount) & int.MaxValue);
    }

    private void Send(ProducerBatch batch)
    {
        batch.Answered(null, null);
        batch.State = BatchState.InFlight;
        batch.WasFront = ReferenceEquals(batch, _unacknowledged[0]);
        _inFlight++;
        var content = batch.NewContent(Written);
        Volatile.Write(ref _writing, content);
        _ = SendAsync(batch, content);
    }

    private async Task SendAsync(ProducerBatch batch, BatchContent content)
    {
        try
        {
            var time = _services.TimeLeft(batch.AskedAt);
            batch.Answered(await _services.Api.AppendAsync(_partition, content, time, _services.End.Token), null);
        }
        catch (CloudStreamException e)
        {
            batch.Answered(null, e);
        }
        catch (Exception e)
        {
            var error = e is OperationCanceledException && _services.End.HasCome
                ? _services.End.Error(_services.Failures.LastAttempt)
                : new CloudStreamException(ErrorCode.ReplyLost, e.Message, e);
            batch.Answered(null, new CloudStreamException(error.ErrorCode, error.Message, e) { MayHaveHappened = content.WasStarted });
        }

        Written(content);
    }

    // The next batch follows once this one is on its way as a whole, so that it hardly ever arrives before it.
    private void Written(BatchContent content)
    {
        Interlocked.CompareExchange(ref _writing, null, content);
        _wakeUp.Signal();
    }
}
