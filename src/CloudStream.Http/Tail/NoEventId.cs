using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>For lines without resume tokens.</summary>
internal sealed class NoEventId : IEventId
{
    public ReadOnlySpan<byte> Next(in Record record) => default;

    public void Sent(long bytes)
    {
    }

    public void Demand()
    {
    }
}
