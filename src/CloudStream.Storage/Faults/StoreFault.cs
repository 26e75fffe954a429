namespace CloudStream.Storage.Faults;

/// <summary>What goes wrong with one call.</summary>
public enum StoreFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The call fails before it has any effect: <see cref="StoreErrorKind.Unavailable"/>.</summary>
    Unavailable,

    /// <summary>The call is turned away before it has any effect: <see cref="StoreErrorKind.Throttled"/>.</summary>
    Throttled,

    /// <summary>
    /// The call takes effect and its reply is lost: <see cref="StoreErrorKind.Ambiguous"/> for a write,
    /// <see cref="StoreErrorKind.Unavailable"/> for a read.
    /// </summary>
    LostReply,

    /// <summary>The call never takes effect, but its caller cannot know: errors as for <see cref="LostReply"/>.</summary>
    LostRequest,

    /// <summary>
    /// The caller gets <see cref="StoreErrorKind.Ambiguous"/> at once, and the write takes effect when the wrapper's
    /// <c>ReleaseDelayedAsync</c> is called. Reads fail as for <see cref="LostReply"/>.
    /// </summary>
    Delayed,
}
