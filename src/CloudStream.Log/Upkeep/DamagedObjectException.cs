using CloudStream.Log.State;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>An input of a merge is damaged: it must be left as it is. Never leaves the merger.</summary>
internal sealed class DamagedObjectException(ObjectRef damaged, string why) : Exception(why)
{
    /// <summary>The object.</summary>
    public ObjectRef Damaged { get; } = damaged;

    /// <summary>The slice that is to blame; null when it may be any slice of the object.</summary>
    public Slice? Slice { get; init; }

    /// <summary>Whether the object is not there at all.</summary>
    public bool IsMissing { get; init; }
}
