namespace CloudStream.Storage.Segments;

/// <summary>
/// One append inside a flushed segment object: a run of whole record batches of one partition that is accepted or refused as one by
/// the commit. Items lie in the object in directory order, without gaps, from <see cref="SegmentLayout.HeaderBytes"/> on.
/// Items of one partition are adjacent and make up its slice. No offsets: the commit assigns them.
/// </summary>
/// <param name="Slot">The partition's slot in its shard.</param>
/// <param name="Bytes">Length of the run in bytes.</param>
/// <param name="Records">Records in the run; its offsets are this many.</param>
/// <param name="MaxTimestamp">Largest record timestamp, milliseconds since the epoch; -1 when unknown.</param>
/// <param name="ProducerId">Idempotent producer's id, -1 for none. An item with a producer holds exactly one batch.</param>
/// <param name="ProducerEpoch">Its epoch, -1 for none.</param>
/// <param name="BaseSequence">Sequence number of the first record, -1 for none.</param>
/// <param name="ExpectedOffset">A conditional append takes effect only if the log ends here; -1 for none.</param>
public readonly record struct SegmentItem(
    int Slot, int Bytes, int Records, long MaxTimestamp, long ProducerId = -1, short ProducerEpoch = -1, int BaseSequence = -1,
    long ExpectedOffset = -1)
{
    /// <summary>Whether nothing but its bytes distinguishes this item, so that it may be joined with a like neighbour.</summary>
    public bool IsPlain => ProducerId < 0 && ExpectedOffset < 0;
}
