using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>For lines without resume tokens.</summary>
internal sealed class NoEventId : IEventId
{
    public ReadOnlySpan<byte> Current(in Record record) => default;
}
