namespace CloudStream.Kafka.Generator;

/// <summary>A description that cannot be used: what is wrong, and on which line (from 0).</summary>
internal sealed class DescriptionException(int line, string message) : Exception(message)
{
    public int Line { get; } = line;
}
