using CloudStream.Log.Calls;
using CloudStream.Storage;

namespace CloudStream.Log.Reading;

/// <summary>How a failure of the store is told to a reader; the store's own words stay in the log.</summary>
internal static class FetchFailure
{
    public static ErrorCode CodeOf(StoreException failure) => failure.Kind switch
    {
        StoreErrorKind.Corrupt => ErrorCode.CorruptStorage,
        StoreErrorKind.Refused or StoreErrorKind.Invalid => ErrorCode.StoreRefused,
        _ => ErrorCode.StoreUnavailable,
    };

    public static string Describe(StoreException failure, long offset, string? objectName)
    {
        var where = objectName is null ? $"offset {offset}" : $"offset {offset} in object {objectName}";
        return failure.Kind switch
        {
            StoreErrorKind.Corrupt => $"The stored records at {where} fail their checks.",
            StoreErrorKind.NotFound => $"The stored records at {where} cannot be found now.",
            StoreErrorKind.Refused or StoreErrorKind.Invalid => $"The store refuses to read {where}.",
            _ => $"The store cannot be reached to read {where}.",
        };
    }
}
