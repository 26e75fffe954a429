using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>A segment object that recent slices refer to.</summary>
/// <param name="Object">The object.</param>
/// <param name="Sequence">Commit order within the shard: objects of one level hold ascending offsets in this order.</param>
/// <param name="Level">0 for flushes; a merge of level n writes shared objects of level n+1.</param>
/// <param name="LiveSlices">Recent slices that lie in it; at zero the object is trash.</param>
/// <param name="Bytes">Bytes of record batches in it.</param>
public sealed record LiveObject(ObjectRef Object, long Sequence, int Level, int LiveSlices, long Bytes)
{
    /// <summary>
    /// Whether there is no object, but a slot of the journal: nothing merges it, and no page lists it, before it was spilled.
    /// </summary>
    public bool IsSlot => Object.Kind == ObjectKind.Slot;
}
