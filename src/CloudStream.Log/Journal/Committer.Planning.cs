using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

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
            plan.Add(new CheckpointEntry(now, checkpoint.Object, checkpoint.Version));
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
            isHeld |= flush.IsUploading;
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

            if (voided.Flush.Object.Born >= _journal.State.Horizon)
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
}
