namespace CloudStream.Records;

/// <summary>What is wrong with a produced batch, in the order in which it is looked for.</summary>
public enum BatchValidationStatus
{
    Ok,

    /// <summary>No batch at all.</summary>
    Empty,

    /// <summary>The bytes end inside a batch.</summary>
    Incomplete,

    /// <summary>The length field is smaller than a header or too big to be true.</summary>
    BadLength,

    /// <summary>Not record batch format 2.</summary>
    UnsupportedMagic,

    /// <summary>Bigger than message.max.bytes.</summary>
    TooLarge,

    /// <summary>The bytes do not match their checksum.</summary>
    CrcMismatch,

    /// <summary>A codec that nobody defined.</summary>
    UnknownCompression,

    /// <summary>Only brokers write control batches.</summary>
    ControlBatch,

    /// <summary>Zero records or fewer.</summary>
    NoRecords,

    /// <summary>More records than fit into the batch's bytes.</summary>
    RecordCountTooLarge,

    /// <summary>The last offset delta is not the record count minus one.</summary>
    OffsetDeltaMismatch,

    /// <summary>A producer id without epoch and sequence, or a transactional batch without producer id.</summary>
    BadProducerState,
}
