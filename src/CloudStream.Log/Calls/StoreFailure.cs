using CloudStream.Storage;

namespace CloudStream.Log.Calls;

/// <summary>What a store's failure means to the caller of the broker.</summary>
internal static class StoreFailure
{
    public static ErrorCode CodeOf(StoreException failure) => failure.Kind switch
    {
        StoreErrorKind.Corrupt => ErrorCode.CorruptStorage,
        StoreErrorKind.Refused or StoreErrorKind.Invalid => ErrorCode.StoreRefused,
        _ => ErrorCode.StoreUnavailable,
    };
}
