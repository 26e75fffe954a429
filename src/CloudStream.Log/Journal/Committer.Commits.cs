using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.Health;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;
using CloudStream.Storage;

namespace CloudStream.Log.Journal;

internal sealed partial class Committer
{
    private JournalRoom Room
    {
        get
        {
            var (state, ring) = (_journal.State, _journal.Ring);
            var free = ring.FreeBehind(state.Version + 1, state.CheckpointVersion);
            return free >= ring.Reserve ? JournalRoom.ForAll : free >= 1 ? JournalRoom.ForHeads : JournalRoom.ForCheckpoints;
        }
    }

    // Beside other writers.
    private int MaxInlineBytes =>
        _journal.NewestOfOthers > 0 && _journal.State.Version - _journal.NewestOfOthers < _journal.Ring.DueCommits
            ? Flush.MaxInlineBytesBesideOthers
            : Flush.MaxInlineBytes;

    /// <summary>
    /// Works out the next commit on the newest state: as much of what waits as there is room for. Flushes keep their order, and nothing
    /// that asks whether they are through overtakes them.
    /// </summary>
    private CommitPlan Plan()
    {
        var plan = new CommitPlan(_journal.State);
        var (now, room) = (_context.NowMs, Room);
        if (_checkpoints.IsReady && _checkpoints.TryTake(_journal.State, out var checkpoint))
            plan.Add(checkpoint with { AtMs = now });
        var (isHeld, isSkipped, count) = (room < JournalRoom.ForAll, false, 0);
        foreach (var work in _pending)
        {
            if (work.IsDone)
                continue;
            if (count++ == MaxBatch)
                break;
            if (work is ControlWork control)
            {
                PlanControl(plan, control, room, waitsBehindFlushes: isSkipped);
                continue;
            }

            var flush = (FlushWork)work;
            isHeld |= flush.IsUploading || (flush.Flush.IsInline && plan.InlineBytes > 0
                && plan.InlineBytes + flush.Flush.Buffer.Bytes > _context.InlineBytesPerCommit);
            isSkipped |= isHeld;
            if (!isHeld)
                plan.Add(flush, flush.Flush.ToEntry(now, leaseless: plan.Next.Holder != _context.Identity.Incarnation, MaxInlineBytes));
        }

        return plan;
    }

    private void PlanControl(CommitPlan plan, ControlWork work, JournalRoom room, bool waitsBehindFlushes)
    {
        Entry? entry;
        try
        {
            entry = work.Propose(plan.Next);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            work.Fail(e); // The proposer's defect is the proposer's alone.
            return;
        }

        if (entry is null)
        {
            if (!waitsBehindFlushes)
                plan.Withdrawn.Add(work);
        }
        else if (ControlWork.BornOf(entry) < _journal.State.Horizon)
        {
            work.Complete(CommitResult.Void, _journal.State);
        }
        else if (room >= (entry is HolderEntry or HorizonEntry ? JournalRoom.ForHeads : JournalRoom.ForAll))
        {
            plan.Add(work, entry);
        }
    }

    /// <summary>
    /// Flushes whose objects the horizon has voided get new names and are uploaded again, beside the loop. No attempt to commit them is in
    /// doubt by now.
    /// </summary>
    private void UploadVoided(CancellationToken stopping)
    {
        foreach (var work in _pending)
        {
            if (work is not FlushWork { IsDone: false, IsUploading: false } voided)
                continue;
            if (voided.UploadFailure is { } failure)
            {
                FailOne(voided, StoreFailure.CodeOf(failure),
                    StoreFailure.Describe(failure, "The object store does not take the records."));
                continue;
            }

            if (voided.Flush.IsInline || voided.Flush.Object.Born >= _journal.State.Horizon)
                continue;
            voided.Flush.Buffer.Object = new ObjectRef(ObjectKind.Segment, _journal.State.Version, _context.Runtime.Random.NextUInt64());
            _context.Metrics.VoidedFlushes.Add(1);
            voided.IsUploading = true;
            voided.Upload = UploadAgainAsync(voided, stopping);
        }
    }

    private async Task UploadAgainAsync(FlushWork work, CancellationToken stopping)
    {
        try
        {
            await _uploader.UploadAsync(work.Flush, stopping);
        }
        catch (OperationCanceledException)
        {
            // The shard is stopping.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            work.UploadFailure = e as StoreException
                ?? new StoreException(StoreErrorKind.Refused, "the records could not be brought to the object store", e);
        }

        work.IsUploading = false;
        Wake();
    }

    /// <summary>Commits what waits, over conflicts and lost replies, until every work is settled or has to wait longer.</summary>
    /// <returns>Whether the state is known to be current as of a moment after the call began.</returns>
    private async Task<bool> CommitAsync(CancellationToken stopping)
    {
        var current = false;
        while (true)
        {
            UploadVoided(stopping);
            var plan = Plan();
            if (plan.Entries.Count == 0)
            {
                if (!current && (plan.Answers.Count > 0 || plan.Withdrawn.Count > 0))
                {
                    // Refusals and withdrawals rest on the state, so it must be current.
                    var version = _journal.State.Version;
                    await ReadAsync(isPatient: false, stopping);
                    current = true;
                    if (_journal.State.Version != version)
                        continue;
                }

                Answer(plan);
                return current;
            }

            var proof = _context.Proofs.Begin();
            switch (await CommitAsync(plan, stopping))
            {
                case Verdict.Committed:
                    Accept(plan, proof);
                    current = true;
                    _pending.RemoveAll(static w => w.IsDone);
                    if (_journal.IsCheckpointDue(_checkpoints.LastBytes))
                        _checkpoints.Begin(_journal.State, stopping);
                    break;
                case Verdict.Lapped when plan.IsDoubtful:
                    SettleUnknown(plan);
                    await ReadAsync(isPatient: true, stopping);
                    break;
                default:
                    SetDoubtful(plan, false);
                    _context.Metrics.CommitConflicts.Add(1);
                    await ReadAsync(isPatient: true, stopping);
                    break;
            }

            if (current && _pending.Count == 0)
                return true;
        }
    }

    /// <summary>
    /// Attempts one commit. A lost reply is settled by the attempt's own slot: my write id there means committed, another's means not, and
    /// an older commit that the very same write is made again, for the first one may still arrive.
    /// </summary>
    private async Task<Verdict> CommitAsync(CommitPlan plan, CancellationToken stopping)
    {
        var write = _journal.Prepare(plan.Entries, plan.Next);
        var backoff = new Backoff(_context.Runtime);
        while (true)
        {
            try
            {
                var verdict = plan.IsInQuestion
                    ? await _journal.SettleAsync(write, stopping)
                    : await _journal.TryCommitAsync(write, stopping);
                plan.IsInQuestion = false;
                if (verdict != Verdict.Absent)
                {
                    if (plan.IsDoubtful && verdict == Verdict.Committed)
                        _context.Metrics.FoundCommits.Add(plan.Flushes.Count);
                    return verdict;
                }
            }
            catch (StoreException e) when (e.Kind == StoreErrorKind.Ambiguous && !plan.IsInQuestion)
            {
                plan.IsInQuestion = true;
                SetDoubtful(plan, true);
                continue;
            }
            catch (OperationCanceledException)
            {
                // The request may be on its way: what is abandoned now is unknown, not refused.
                SetDoubtful(plan, true);
                throw;
            }
            catch (StoreException e) when (e.IsTransient)
            {
                _context.Metrics.StoreRetries.Add(1);
                _isTroubled = true;
                _context.Troubles.Writes.Met(TroubleKind.Commits, Key, $"Committing to shard {_context.Number}", e, backoff.Failures + 1);
            }

            await backoff.WaitAsync(stopping);
        }
    }

    private static void SetDoubtful(CommitPlan plan, bool isDoubtful)
    {
        plan.IsDoubtful = isDoubtful;
        foreach (var (work, _, _) in plan.Flushes)
            work.IsDoubtful = isDoubtful;
        foreach (var (work, _) in plan.Controls)
            work.IsDoubtful = isDoubtful;
    }

    private void Accept(CommitPlan plan, long proof)
    {
        _context.Metrics.Commits.Add(1);
        if (_isTroubled)
            _context.Troubles.Writes.Over(TroubleKind.Commits, Key);
        _isTroubled = false;
        ArmIdle();
        foreach (var (work, outcomes, epoch) in plan.Flushes)
            Keep(work.Flush, outcomes, epoch);
        Publish(proof);
        foreach (var (work, outcomes, _) in plan.Flushes)
            Finish(work, outcomes);
        foreach (var (work, _) in plan.Controls)
            work.Complete(CommitResult.Applied, _journal.State);
        Answer(plan);
    }

    private void Answer(CommitPlan plan)
    {
        foreach (var (work, outcomes) in plan.Answers)
            Finish(work, outcomes);
        foreach (var work in plan.Withdrawn)
            work.Complete(CommitResult.Withdrawn, _journal.State);
    }

    // Nothing that may be committed is ever committed again.
    private void SettleUnknown(CommitPlan plan)
    {
        foreach (var (work, _, _) in plan.Flushes)
        {
            LogUnknown(_context.Log, _context.Number, work.Flush.Object.NameIn(_context.Number));
            _context.Metrics.UnknownOutcomes.Add(1);
            FailOne(work, ErrorCode.OutcomeUnknown, "The append may or may not be in the log: the broker lost track of its commit.");
        }

        foreach (var (work, _) in plan.Controls)
            work.Complete(CommitResult.Unknown, _journal.State);
    }

    // Before the state is published: a reader that sees the slices must find patched bytes.
    private void Keep(Flush flush, List<ItemOutcome> outcomes, int epoch)
    {
        flush.Patch(outcomes, epoch);
        _context.Tail.Add(flush.Buffer);
        _context.Metrics.CommittedBytes.Add(flush.Buffer.Bytes);
    }

    private static void Finish(FlushWork work, List<ItemOutcome> outcomes)
    {
        work.Done();
        work.Flush.Complete(outcomes);
        work.Flush.Buffer.Release();
    }

    // The store refuses for good. What was attempted with a lost reply stays unknown; the rest is certainly not in the log.
    private void Fail(List<CommitWork> works, StoreException fault)
    {
        foreach (var work in works)
            FailOne(work, StoreFailure.CodeOf(fault), StoreFailure.Describe(fault, "The metadata store did not take the commit."));
    }

    private void Abandon(List<CommitWork> works)
    {
        foreach (var work in works)
        {
            FailOne(work, ErrorCode.ShuttingDown, "The broker is shutting down.");
            if (work is RefreshWork refresh)
                refresh.Fail(new StoreException(StoreErrorKind.Unavailable, "the broker is shutting down"));
        }
    }

    private void FailOne(CommitWork work, ErrorCode error, string detail)
    {
        if (work is ControlWork { IsDone: false } control)
        {
            control.Complete(control.IsDoubtful ? CommitResult.Unknown : CommitResult.Failed, _journal.State);
        }
        else if (work is FlushWork { IsDone: false, IsUploading: false } flush)
        {
            flush.Done();
            flush.Flush.Fail(flush.IsDoubtful ? ErrorCode.OutcomeUnknown : error, detail);
            flush.Flush.Buffer.Release();
        }
    }
}
