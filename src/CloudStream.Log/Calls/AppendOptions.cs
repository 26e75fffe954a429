namespace CloudStream.Log.Calls;

/// <summary>What an append asks for besides the bytes.</summary>
public readonly record struct AppendOptions
{
    /// <summary>No options.</summary>
    public AppendOptions()
    {
    }

    /// <summary>
    /// The append takes effect only if the log ends at this offset; -1 for none. One or more batches are accepted or refused as one.
    /// </summary>
    public long ExpectedOffset { get; init; } = -1;
}
