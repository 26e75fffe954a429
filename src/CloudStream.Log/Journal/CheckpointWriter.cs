using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using CloudStream.Log.Entries;
using CloudStream.Log.Health;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Journal;

/// <summary>
/// Writes checkpoints beside the commits: a snapshot of one version is uploaded in the background, and a later commit puts it into use. A
/// slot may be written again only when a checkpoint covers what it holds, so one is due long before the ring comes by again: when the tail
/// is long and its entries are worth it beside the last checkpoint's bytes, at the latest at half a ring, and once when the shard falls
/// idle. Records that the slots hold are spilled first, into one object.
/// </summary>
internal sealed class CheckpointWriter(ShardContext context, Action ready)
{
    // A store that refuses is asked again this much later, however many commits there are meanwhile.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private Task? _upload;
    private long? _refusedAt;
    private CheckpointEntry? _uploaded;
    private int _lastBytes;

    /// <summary>Whether an uploaded checkpoint waits to be swapped in.</summary>
    public bool IsReady => _upload is { IsCompleted: true };

    /// <summary>
    /// Begins to write a checkpoint of this state, unless one is on its way, the state is already in one, or it is only passed through:
    /// read from a checkpoint whose inline records lie in its spill, and there are later commits.
    /// </summary>
    /// <param name="state">What it is to hold.</param>
    /// <param name="stopping">Ends the upload.</param>
    /// <param name="isPatient">Whether a store that is away is waited for; otherwise it is asked once.</param>
    public void Begin(ShardState state, CancellationToken stopping, bool isPatient = true)
    {
        if (IsReady && !TryTake(state, out _))
            _upload = null;
        if (_upload is not null || state.Version <= state.CheckpointVersion || state.Inline is [{ Records: null }, ..]
            || (_refusedAt is { } at && context.Runtime.Time.GetElapsedTime(at) < s_pause))
            return;
        _refusedAt = null;
        _uploaded = null;
        _upload = UploadAsync(state, isPatient, stopping);
    }

    /// <summary>
    /// What puts the uploaded checkpoint into use, if it is still of any. Only for who has seen that one <see cref="IsReady"/>: before, it
    /// may just be being noted. It stays until a commit has put it into use: a plan may have to be made again.
    /// </summary>
    public bool TryTake(ShardState state, [NotNullWhen(true)] out CheckpointEntry? checkpoint)
    {
        checkpoint = _uploaded;
        return checkpoint is not null && checkpoint.Checkpoint.Born >= state.Horizon && SpillTransition.Fits(state, checkpoint);
    }

    /// <summary>Bytes of the last checkpoint that was written here; 0 for none.</summary>
    public int LastBytes => _lastBytes;

    /// <summary>Waits for an upload in flight; it ends early when the token it was begun with is cancelled.</summary>
    public Task FinishAsync() => _upload ?? Task.CompletedTask;

    // The spill goes before the checkpoint that names it, and both are born at the version that was known before either put began.
    private async Task UploadAsync(ShardState state, bool isPatient, CancellationToken stopping)
    {
        SpillRef? spill = null;
        if (SpillAssembly.IsNeeded(state))
        {
            var reference = NewObject(ObjectKind.Spill, state);
            var assembly = SpillAssembly.Create(state, reference);
            if (!await TryPutAsync(reference, assembly.Content, isPatient, stopping))
                return;
            context.Metrics.Spills.Add(1);
            context.Metrics.SpilledBytes.Add(assembly.Directory.Position - SegmentLayout.HeaderBytes);
            spill = new SpillRef(reference, state.Inline[0].Object.Born);
        }

        var bytes = CheckpointCodec.Encode(state with { Spill = spill });
        var checkpoint = NewObject(ObjectKind.Checkpoint, state);
        if (!await TryPutAsync(checkpoint, [bytes], isPatient, stopping))
            return;
        context.Troubles.Writes.Over(TroubleKind.Checkpoints, Key);
        _lastBytes = bytes.Length;
        context.Metrics.Checkpoints.Add(1);
        context.Metrics.CheckpointBytes.Add(bytes.Length);
        _uploaded = new CheckpointEntry(0, checkpoint, state.Version, spill);
        ready();
    }

    private ObjectRef NewObject(ObjectKind kind, ShardState state) => new(kind, state.Version, context.Runtime.Random.NextUInt64());

    private async Task<bool> TryPutAsync(
        ObjectRef reference, IReadOnlyList<ReadOnlyMemory<byte>> content, bool isPatient, CancellationToken stopping)
    {
        var backoff = new Backoff(context.Runtime);
        while (true)
        {
            try
            {
                await context.Stores.Objects.PutAsync(reference.NameIn(context.Number), content, stopping);
                return true;
            }
            catch (StoreException e) when (isPatient && e.IsTransient && !stopping.IsCancellationRequested)
            {
                Met(e, backoff.Failures + 1);
                context.Metrics.StoreRetries.Add(1);
                await backoff.WaitAsync(CancellationToken.None); // At most two seconds; the next put sees the token.
            }
            catch (StoreException e)
            {
                Met(e, backoff.Failures + 1);
                _refusedAt = context.Runtime.Time.GetTimestamp();
                return false; // A later commit finds the tail over its limit and begins again.
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }

    private void Met(StoreException failure, int failures) =>
        context.Troubles.Writes.Met(TroubleKind.Checkpoints, Key, $"Writing a checkpoint of shard {context.Number}", failure, failures);

    private string Key => context.Number.ToString(CultureInfo.InvariantCulture);
}
