namespace CloudStream.Records;

/// <summary>Bytes that should be record batches are not. Reading them again will not help: the data is wrong, or was damaged.</summary>
public sealed class InvalidRecordBatchException : Exception
{
    public InvalidRecordBatchException(string message)
        : base(message)
    {
    }

    public InvalidRecordBatchException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <param name="complaint">What is wrong, a predicate without a full stop: "has magic 1".</param>
    /// <param name="position">Where the bad batch begins in the bytes that were read.</param>
    /// <param name="innerException">The codec's error, if the compressed bytes are to blame.</param>
    public InvalidRecordBatchException(string complaint, int position, Exception? innerException = null)
        : base($"The record batch at byte {position} {complaint}.", innerException) => Position = position;

    /// <summary>Where the bad batch begins, in bytes.</summary>
    public int Position { get; }

    /// <summary>What is wrong is that the batch decompresses to more than the limit.</summary>
    public bool IsTooLarge { get; init; }
}
