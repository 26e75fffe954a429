namespace CloudStream.Storage.Segments;

/// <summary>Says which partition a slot stands for, so that tools can read an object without its shard's state.</summary>
public readonly record struct SlotPartition(int Slot, Guid TopicId, int Index);
