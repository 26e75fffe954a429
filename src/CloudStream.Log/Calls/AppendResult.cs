namespace CloudStream.Log.Calls;

/// <summary>The outcome of one append to one partition.</summary>
/// <param name="Error">None when the records are committed (or were, by an earlier attempt: see <paramref name="Duplicate"/>).</param>
/// <param name="BaseOffset">Offset of the first record; -1 on error. For a duplicate the original offset.</param>
/// <param name="LastOffset">Offset of the last record; -1 on error.</param>
/// <param name="LogAppendTimeMs">The broker's time stamped on the batch when the topic uses LogAppendTime, else -1; for a duplicate the
/// largest timestamp of the stored batch, as in Kafka.</param>
/// <param name="LogStartOffset">The partition's log start offset at the commit; -1 when unknown.</param>
/// <param name="LogEndOffset">The partition's log end offset after the commit; for <see cref="ErrorCode.OffsetMismatch"/> where the log
/// ends; -1 when unknown.</param>
/// <param name="Duplicate">The batch had been committed before; nothing was appended now.</param>
/// <param name="Detail">What, where and the limit, for the client; null on success.</param>
/// <param name="RetryAfterMs">For <see cref="ErrorCode.Overloaded"/>: how long to wait, in milliseconds.</param>
/// <param name="RefusedRecords">For <see cref="ErrorCode.InvalidRecord"/> and <see cref="ErrorCode.InvalidTimestamp"/>: the records for
/// which all were refused, the first hundred at most; null when it is not about single records.</param>
public readonly record struct AppendResult(
    ErrorCode Error,
    long BaseOffset = -1,
    long LastOffset = -1,
    long LogAppendTimeMs = -1,
    long LogStartOffset = -1,
    long LogEndOffset = -1,
    bool Duplicate = false,
    string? Detail = null,
    int RetryAfterMs = 0,
    IReadOnlyList<RefusedRecord>? RefusedRecords = null)
{
    /// <summary>A refused append.</summary>
    public static AppendResult Failed(ErrorCode error, string? detail = null, int retryAfterMs = 0) =>
        new(error, Detail: detail, RetryAfterMs: retryAfterMs);
}
