using CloudStream.Log.Entries;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>
/// One committed run of a partition's record batches inside an object. In a <see cref="ObjectKind.Segment"/> object the batch headers hold
/// whatever the producer sent and the reader computes offsets by counting from <see cref="BaseOffset"/>; in a
/// <see cref="ObjectKind.Merged"/> object the headers hold committed base offsets and leader epochs already.
/// </summary>
/// <param name="Object">The object.</param>
/// <param name="Position">Where the slice begins in the object, in bytes.</param>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="BaseOffset">First offset that it covers.</param>
/// <param name="EndOffset">One past the last offset that it covers.</param>
/// <param name="MaxTimestamp">Largest record timestamp in it, milliseconds; where no record has one, when it was written
/// (<see cref="UndatedTime"/>); -1 when that is unknown, too.</param>
/// <param name="LeaderEpoch">The leader epoch at the commit (for a merged slice: of its last batch).</param>
public sealed record Slice(ObjectRef Object, long Position, long Bytes, long BaseOffset, long EndOffset, long MaxTimestamp,
    int LeaderEpoch)
{
    /// <summary>
    /// The records of its flush where they lie in a slot of the journal (<see cref="ObjectKind.Slot"/>; positions are those that they would
    /// have in an object). Null for what lies in an object, and in a state on its way from a checkpoint to the commit that put it in use.
    /// </summary>
    public InlineRecords? Records { get; init; }
}
