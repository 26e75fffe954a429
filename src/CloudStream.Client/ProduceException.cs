namespace CloudStream.Client;

/// <summary>
/// A record, or several, could not be delivered. <see cref="CloudStreamException.MayHaveHappened"/> says whether they may be in the log all
/// the same.
/// </summary>
public sealed class ProduceException : CloudStreamException
{
    /// <param name="error">Why.</param>
    /// <param name="message">What happened, in a sentence.</param>
    /// <param name="innerException">The failure of the last attempt.</param>
    public ProduceException(ErrorCode error, string message, Exception? innerException = null)
        : base(error, message, innerException)
    {
    }

    /// <summary>Where the record was to go; the partition is -1 where none was chosen yet.</summary>
    public TopicPartition TopicPartition { get; init; }

    /// <summary>How many records this exception speaks for: 1, except where <see cref="Producer.FlushAsync"/> throws it.</summary>
    public long FailedRecords { get; init; } = 1;

    internal static ProduceException From(CloudStreamException cause, TopicPartition partition, bool mayHaveHappened) =>
        new(cause.ErrorCode, $"The record for {Place(partition)} was not delivered: {cause.Message}", cause)
        {
            TopicPartition = partition,
            IsRetriable = cause.IsRetriable,
            MayHaveHappened = mayHaveHappened,
            HttpStatus = cause.HttpStatus,
            Detail = cause.Detail,
            RetryAfter = cause.RetryAfter,
        };

    private static string Place(TopicPartition partition) => partition.Partition < 0 ? partition.Topic : partition.ToString();
}
