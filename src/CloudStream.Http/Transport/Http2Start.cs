namespace CloudStream.Http.Transport;

/// <summary>Whether a client speaks HTTP/2, by its first bytes.</summary>
internal enum Http2Start
{
    /// <summary>It does not.</summary>
    No,

    /// <summary>There are too few bytes to say.</summary>
    Perhaps,

    /// <summary>It does.</summary>
    Yes,
}
