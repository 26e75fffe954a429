using System.Buffers;

namespace CloudStream.Kafka.Wire;

/// <summary>One piece of what a <see cref="WireWriter"/> wrote: part of a chunk of its own, or memory of somebody else.</summary>
internal sealed class WireSegment : ReadOnlySequenceSegment<byte>
{
    public void Set(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
        Next = null;
    }

    public void Append(WireSegment next) => Next = next;

    public void Clear()
    {
        Memory = default;
        Next = null;
    }
}
