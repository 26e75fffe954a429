using System.Buffers;

namespace CloudStream.Kafka.Connections;

/// <summary>Where answers go: the seam between the bytes and how they leave. Used by one at a time.</summary>
internal interface IAnswerSink
{
    /// <summary>Whether memory that stands for parts of files (<see cref="Storage.Objects.ObjectFile"/>) may be among it.</summary>
    bool TakesFiles => false;

    /// <summary>Sends all of it; completes when the memory is no longer needed.</summary>
    /// <exception cref="IOException">The client is gone.</exception>
    ValueTask SendAsync(ReadOnlySequence<byte> answer);
}
