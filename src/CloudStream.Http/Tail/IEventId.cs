using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>What a client gives back to go on after a record. Used by one stream.</summary>
internal interface IEventId
{
    /// <summary>
    /// The id of the record that is written next, which the positions count already; ASCII, valid until the next call. Empty for none.
    /// </summary>
    ReadOnlySpan<byte> Next(in Record record);

    /// <summary>Notes what was sent after <see cref="Next"/> had none to give.</summary>
    void Sent(long bytes);

    /// <summary>Wants one for the next record.</summary>
    void Demand();
}
