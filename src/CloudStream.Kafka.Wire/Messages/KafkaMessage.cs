using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Messages;

/// <summary>
/// The body of a request or response. Fields that a version does not have keep their defaults when read, and are left out when written.
/// </summary>
internal abstract class KafkaMessage
{
    public abstract ApiKey Api { get; }

    /// <summary>Fills a fresh message from the bytes of a body; whether that went well is the reader's to say.</summary>
    public abstract void Read(ref WireReader reader, short version);

    /// <summary>Writes the body.</summary>
    /// <exception cref="InvalidOperationException">The message cannot be said in this version: a defect of who made it.</exception>
    public abstract void Write(WireWriter writer, short version);
}
