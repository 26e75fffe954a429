using CloudStream.Log.State;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Journal;

/// <summary>
/// What each slot repeats of the state, as its commit leaves it: who holds the lease, and where a reader begins. Any head is a valid
/// beginning.
/// </summary>
/// <param name="Epoch">Epoch of the newest holder.</param>
/// <param name="Holder">Who holds the lease; null for nobody.</param>
/// <param name="Checkpoint">The checkpoint in use; null while there is none.</param>
/// <param name="CheckpointVersion">The version whose state it holds; 0 without one.</param>
/// <param name="Horizon">Objects born before this version and referenced by nothing are void.</param>
internal sealed record JournalHead(int Epoch, string? Holder, ObjectRef? Checkpoint, long CheckpointVersion, long Horizon)
{
    public static JournalHead Of(ShardState state) =>
        new(state.Epoch, state.Holder, state.Checkpoint, state.CheckpointVersion, state.Horizon);
}
