using CloudStream.Log.Calls;
using CloudStream.Storage;

namespace CloudStream.Cluster.Topics;

/// <summary>What a store's failure means for who asked for a change of topics.</summary>
internal static class TopicFailure
{
    /// <summary>Without the store's own words, which are for operators.</summary>
    public static TopicResult Of(StoreException failure) => failure.Kind switch
    {
        StoreErrorKind.Ambiguous => new TopicResult(
            ErrorCode.OutcomeUnknown, null, "The metadata store did not say whether the change took effect."),
        StoreErrorKind.Corrupt or StoreErrorKind.NotFound =>
            new TopicResult(ErrorCode.CorruptStorage, null, "The topic's register makes no sense."),
        StoreErrorKind.NotWritable => new TopicResult(ErrorCode.NotWritable, null, StoreFailure.Describe(failure, "Not writable.")),
        StoreErrorKind.Refused => new TopicResult(ErrorCode.StoreRefused, null, "The metadata store refuses."),
        StoreErrorKind.Invalid => new TopicResult(ErrorCode.InvalidRequest, null, "The topic's settings are too large to be stored."),
        _ => new TopicResult(ErrorCode.StoreUnavailable, null, "The metadata store cannot be reached or throttles."),
    };

    /// <summary>The same after the change was begun: somebody will finish it.</summary>
    public static TopicResult Begun(StoreException failure) => failure.IsTransient
        ? new TopicResult(ErrorCode.OutcomeUnknown, null,
            "The change was begun and will be finished by the next broker that meets the topic.")
        : Of(failure);
}
