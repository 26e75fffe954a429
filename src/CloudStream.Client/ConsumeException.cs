namespace CloudStream.Client;

/// <summary>
/// A partition could not be read on: the reading stops, and the position stays at the first record that was not delivered.
/// </summary>
public sealed class ConsumeException : CloudStreamException
{
    /// <param name="error">Why.</param>
    /// <param name="message">What happened, in a sentence.</param>
    /// <param name="innerException">The failure underneath.</param>
    public ConsumeException(ErrorCode error, string message, Exception? innerException = null)
        : base(error, message, innerException)
    {
    }

    /// <summary>Where the reading stopped.</summary>
    public TopicPartitionOffset TopicPartitionOffset { get; init; }
}
