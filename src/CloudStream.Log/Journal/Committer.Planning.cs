using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Journal;

internal sealed partial class Committer
{
    /// <summary>
    /// Works out the next commit on the newest state. Flushes whose fate that state already decides are settled on the way.
    /// </summary>
    private CommitPlan Plan(List<CommitWork> works, FlushWatch watch)
    {
        var plan = new CommitPlan(_journal.State);
        var now = _context.NowMs;
        if (_checkpoints.TryTake(_journal.State, out var checkpoint))
            plan.Add(new CheckpointEntry(now, checkpoint.Object, checkpoint.Version));
        foreach (var work in works)
        {
            switch (work)
            {
                case FlushWork { IsDone: false } flush when !TrySettle(flush, watch):
                    plan.Add(flush, flush.Flush.ToEntry(now, leaseless: plan.Next.Holder != _context.Identity.Incarnation));
                    break;
                case ControlWork { IsDone: false } control when !TrySettle(control):
                    PlanControl(plan, control);
                    break;
            }
        }

        return plan;
    }

    // What was attempted before is either among the commits, or proven not to be, or unknowable. Nothing that is unknowable is committed
    // again.
    private bool TrySettle(FlushWork work, FlushWatch watch)
    {
        var flush = work.Flush;
        if (watch.TryGet(flush.Object.Id, out var found))
            Settle(work, found.Outcomes, found.Epoch);
        else if (_journal.State.HasCommitted(flush.Object.Id)
            || (flush.AttemptedAt >= 0 && flush.AttemptedAt < _journal.State.CommitsKnownSince))
            SettleUnknown(work);
        return work.IsDone;
    }

    private bool TrySettle(ControlWork work)
    {
        if (work.Attempt is not { } attempt)
            return false;
        var state = _journal.State;
        if (state.HasCommitted(attempt.Object.Id) || state.Checkpoint == attempt.Object)
            work.Complete(CommitResult.Applied, state);
        else if (attempt.Version < state.CommitsKnownSince)
            work.Complete(CommitResult.Unknown, state);
        return work.IsDone;
    }

    private void PlanControl(CommitPlan plan, ControlWork work)
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
            plan.Withdrawn.Add(work);
        else if (ControlWork.BornOf(entry) < _journal.State.Horizon)
            work.Complete(CommitResult.Void, _journal.State);
        else
            plan.Add(work, entry);
    }

    /// <summary>
    /// Flushes whose objects the horizon has voided get new names and are uploaded again, before anything else is committed.
    /// </summary>
    private async Task UploadVoidedAsync(List<CommitWork> works, FlushWatch watch, CancellationToken stopping)
    {
        foreach (var work in works.OfType<FlushWork>())
        {
            var flush = work.Flush;
            if (work.IsDone || flush.Object.Born >= _journal.State.Horizon || TrySettle(work, watch))
                continue;
            // Every earlier attempt expected a version before the horizon's commit, so none can succeed any more.
            flush.Buffer.Object = new ObjectRef(ObjectKind.Segment, _journal.State.Version, _context.Runtime.Random.NextUInt64());
            flush.AttemptedAt = -1;
            _context.Metrics.VoidedFlushes.Add(1);
            await _uploader.UploadAsync(flush, stopping);
        }
    }
}
