namespace CloudStream.Storage;

/// <summary>A failed call to an object store or a metadata store. <see cref="Kind"/> says what the caller must do.</summary>
public sealed class StoreException : Exception
{
    /// <summary>Creates the failure.</summary>
    /// <param name="kind">What it means for the caller.</param>
    /// <param name="message">What failed, on which name, for operators; never sent to clients.</param>
    /// <param name="inner">The back end's own error, if any.</param>
    public StoreException(StoreErrorKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>What the failure means for the caller.</summary>
    public StoreErrorKind Kind { get; }

    /// <summary>
    /// Why the store takes no writes, in words for everybody, such as "the disk is full"; null unless that is the failure.
    /// </summary>
    public string? Condition { get; init; }

    /// <summary>Whether the same call may succeed later without anybody acting.</summary>
    public bool IsTransient => Kind is StoreErrorKind.Unavailable or StoreErrorKind.Throttled or StoreErrorKind.Ambiguous;
}
