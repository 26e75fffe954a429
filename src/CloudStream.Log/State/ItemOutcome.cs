using CloudStream.Log.Calls;

namespace CloudStream.Log.State;

/// <summary>What the transition decided about one item of a flush.</summary>
/// <param name="Error">None when the item is in the log; otherwise nothing of it is.</param>
/// <param name="BaseOffset">Offset of its first record (of the original for a duplicate); -1 when refused.</param>
/// <param name="Duplicate">The item had been committed before.</param>
/// <param name="EndOffset">The partition's end offset after the item (for a refused conditional append: where the log ends).</param>
/// <param name="LogStartOffset">The partition's log start offset.</param>
public readonly record struct ItemOutcome(ErrorCode Error, long BaseOffset, bool Duplicate, long EndOffset, long LogStartOffset);
