using CloudStream.Storage;

namespace CloudStream.Log.Calls;

/// <summary>What a store's failure means to the caller of the broker.</summary>
internal static class StoreFailure
{
    /// <summary>Why nothing can be written, as a sentence for everybody; <paramref name="otherwise"/> for other failures.</summary>
    public static string Describe(StoreException failure, string otherwise) =>
        failure.Condition is { } condition ? $"Not writable: {condition}." : otherwise;

    public static ErrorCode CodeOf(StoreException failure) => failure.Kind switch
    {
        StoreErrorKind.NotWritable => ErrorCode.NotWritable,
        StoreErrorKind.Corrupt => ErrorCode.CorruptStorage,
        StoreErrorKind.Refused or StoreErrorKind.Invalid => ErrorCode.StoreRefused,
        _ => ErrorCode.StoreUnavailable,
    };
}
