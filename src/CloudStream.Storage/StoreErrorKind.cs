namespace CloudStream.Storage;

/// <summary>
/// What a store failure means for its caller. Back ends classify by type and code of the underlying error, never by message text.
/// </summary>
public enum StoreErrorKind
{
    /// <summary>The call did not take effect; the same call may succeed later. Retry with back-off.</summary>
    Unavailable,

    /// <summary>
    /// The store asks for less (DynamoDB throttling, S3 503 SlowDown). Nothing took effect. Retry with a longer, jittered back-off.
    /// </summary>
    Throttled,

    /// <summary>
    /// The call may or may not have taken effect, or may still take effect (a lost reply, a time-out). Read back before you say anything.
    /// </summary>
    Ambiguous,

    /// <summary>The named object does not exist. For a reader: refresh the index and try again.</summary>
    NotFound,

    /// <summary>Stored bytes fail their checks. Never served, never retried.</summary>
    Corrupt,

    /// <summary>The call itself is wrong (name, size, range). Retrying cannot help.</summary>
    Invalid,

    /// <summary>The store refuses for good (permission, schema from a newer version). An operator must act.</summary>
    Refused,

    /// <summary>
    /// The store takes no writes now: the disk is full, or may only be read. Nothing took effect; the same call succeeds when somebody has
    /// made room. Reads go on. <see cref="StoreException.Condition"/> says why.
    /// </summary>
    NotWritable,
}
