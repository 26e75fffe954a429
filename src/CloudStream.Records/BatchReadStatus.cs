namespace CloudStream.Records;

/// <summary>Where a walk over record batches stands, or why it ended.</summary>
public enum BatchReadStatus
{
    /// <summary>There is a current batch, or the walk has not begun.</summary>
    Ok,

    /// <summary>Every byte belonged to a whole batch.</summary>
    End,

    /// <summary>The bytes end inside a batch: normal at the end of a fetch, an error in a produce.</summary>
    Incomplete,

    /// <summary>The length field is smaller than a header or too big to be true.</summary>
    BadLength,

    /// <summary>The batch is not of format 2.</summary>
    BadMagic,
}
