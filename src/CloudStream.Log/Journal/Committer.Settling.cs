using CloudStream.Log.Calls;
using CloudStream.Log.Flushes;
using CloudStream.Log.Health;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;

namespace CloudStream.Log.Journal;

internal sealed partial class Committer
{
    /// <summary>Commits <paramref name="works"/>, over conflicts and lost replies, until every one is settled.</summary>
    /// <returns>Whether the state is known to be current as of a moment after the call began.</returns>
    private async Task<bool> CommitAsync(List<CommitWork> works, CancellationToken stopping)
    {
        FlushWatch? watch = null; // Nothing is looked out for before a reply was lost.
        var backoff = new Backoff(_context.Runtime);
        var current = false;
        while (true)
        {
            await UploadVoidedAsync(works, watch, stopping);
            var plan = Plan(works, watch);
            if (plan.Entries.Count == 0)
            {
                if (!current && (plan.Answers.Count > 0 || plan.Withdrawn.Count > 0))
                {
                    // Refusals and withdrawals rest on the state, so it must be current.
                    var version = _journal.State.Version;
                    await ReadAsync(watch, stopping);
                    current = true;
                    if (_journal.State.Version != version)
                        continue;
                }

                Answer(plan);
                return current;
            }

            if (_journal.TailBytes >= CheckpointWriter.FullTailBytes && !_checkpoints.IsReady
                && await _checkpoints.MakeRoomAsync(_journal.State, stopping))
                continue; // The tail had grown to the register's limit; the plan now begins with the checkpoint.
            try
            {
                var proof = _context.Proofs.Begin();
                if (await _journal.TryCommitAsync(plan.Entries, plan.Next, watch, stopping))
                {
                    Accept(plan, proof);
                    return true;
                }

                _context.Metrics.CommitConflicts.Add(1);
                Publish();
            }
            catch (StoreException e) when (e.Kind == StoreErrorKind.Ambiguous)
            {
                MarkAttempted(plan, watch ??= new FlushWatch());
                await ReadAsync(watch, stopping);
            }
            catch (OperationCanceledException)
            {
                // The request may be on its way: what is abandoned now is unknown, not refused.
                MarkAttempted(plan, watch ??= new FlushWatch());
                throw;
            }
            catch (StoreException e) when (e.IsTransient)
            {
                _context.Metrics.StoreRetries.Add(1);
                _isTroubled = true;
                _context.Troubles.Writes.Met(TroubleKind.Commits, Key, $"Committing to shard {_context.Number}", e, backoff.Failures + 1);
                await backoff.WaitAsync(stopping);
            }
        }
    }

    private void MarkAttempted(CommitPlan plan, FlushWatch watch)
    {
        var version = _journal.State.Version;
        foreach (var (work, _, _) in plan.Flushes)
        {
            watch.Expect(work.Flush.Object.Id);
            if (work.Flush.AttemptedAt < 0)
                work.Flush.AttemptedAt = version;
        }

        foreach (var (work, entry) in plan.Controls)
        {
            if (ControlWork.ObjectOf(entry) is { } bearing && work.Attempt is null)
                work.Attempt = (bearing, version);
        }
    }

    private void Accept(CommitPlan plan, long proof)
    {
        _context.Metrics.Commits.Add(1);
        if (_isTroubled)
            _context.Troubles.Writes.Over(TroubleKind.Commits, Key);
        _isTroubled = false;
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
        {
            // A late request may still win while the register stands where the attempt expected it.
            var mayStillWin = work.Attempt is { } attempt && attempt.Version >= _journal.State.Version;
            work.Complete(mayStillWin ? CommitResult.Unknown : CommitResult.Withdrawn, _journal.State);
        }
    }

    // A flush that turned up among the commits after a lost reply.
    private void Settle(FlushWork work, List<ItemOutcome> outcomes, int epoch)
    {
        _context.Metrics.FoundCommits.Add(1);
        Keep(work.Flush, outcomes, epoch);
        Publish();
        Finish(work, outcomes);
    }

    private void SettleUnknown(FlushWork work)
    {
        LogUnknown(_context.Log, _context.Number, work.Flush.Object.NameIn(_context.Number));
        _context.Metrics.UnknownOutcomes.Add(1);
        work.IsDone = true;
        work.Flush.Fail(ErrorCode.OutcomeUnknown, "The append may or may not be in the log: the broker lost track of its commit.");
        work.Flush.Buffer.Release();
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
        work.IsDone = true;
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
            control.Complete(control.Attempt is null ? CommitResult.Failed : CommitResult.Unknown, _journal.State);
        }
        else if (work is FlushWork { IsDone: false } flush)
        {
            flush.IsDone = true;
            if (flush.Flush.AttemptedAt >= 0)
                flush.Flush.Fail(ErrorCode.OutcomeUnknown, detail);
            else
                flush.Flush.Fail(error, detail);
            flush.Flush.Buffer.Release();
        }
    }
}
