using CloudStream.Log.Cache;
using CloudStream.Log.State;
using CloudStream.Storage;

namespace CloudStream.Log.Index;

/// <summary>A slice, or none, or why it cannot be known.</summary>
internal readonly record struct SliceOutcome(Slice? Slice, StoreException? Failure)
{
    /// <summary>The index page that could not be read.</summary>
    public FailedBlock Failed { get; init; }
}
