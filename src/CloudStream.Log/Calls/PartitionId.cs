namespace CloudStream.Log.Calls;

/// <summary>A partition's identity: topic id and partition number. A topic that is deleted and created again has another id.</summary>
public readonly record struct PartitionId(Guid TopicId, int Index);
