using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>What a client gives back to go on after a record.</summary>
internal interface IEventId
{
    /// <summary>The id of the record that was written last; ASCII, valid until the next call. Empty for none.</summary>
    ReadOnlySpan<byte> Current(in Record record);
}
