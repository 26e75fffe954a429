namespace CloudStream.Client;

/// <summary>The one family of exceptions that the SDK throws, argument checks and cancellation aside.</summary>
public class CloudStreamException : Exception
{
    /// <param name="error">Why.</param>
    /// <param name="message">What happened, in a sentence.</param>
    /// <param name="innerException">The transport's own exception, if there is one.</param>
    public CloudStreamException(ErrorCode error, string message, Exception? innerException = null)
        : base(message, innerException) => ErrorCode = error;

    /// <summary>Why the call failed.</summary>
    public ErrorCode ErrorCode { get; }

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsRetriable { get; init; }

    /// <summary>Whether a write may have taken effect although it is reported as failed. False: it surely has not.</summary>
    public bool MayHaveHappened { get; init; }

    /// <summary>HTTP status of the reply; null where there was none.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>The broker's own words about the problem (the <c>detail</c> of its problem document).</summary>
    public string? Detail { get; init; }

    /// <summary>How long the broker asks to wait before the next attempt.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>With <see cref="ErrorCode.OffsetOutOfRange"/>: the lowest offset that the log still holds.</summary>
    public long? LogStartOffset { get; init; }

    /// <summary>With <see cref="ErrorCode.OffsetOutOfRange"/>: the offset after the last record.</summary>
    public long? HighWatermark { get; init; }

    /// <summary>With <see cref="ErrorCode.OffsetMismatch"/>: where the log ends.</summary>
    public long? EndOffset { get; init; }

    /// <summary>With <see cref="ErrorCode.NotCoordinator"/>: where the broker is that coordinates the group, where it says so.</summary>
    public Uri? Coordinator { get; init; }
}
