namespace CloudStream.Records;

/// <summary>The outcome of <see cref="RecordBatchValidator"/>: totals, or the first thing that is wrong.</summary>
public readonly record struct BatchValidation
{
    public BatchValidationStatus Status { get; init; }

    public bool IsValid => Status == BatchValidationStatus.Ok;

    /// <summary>Where the bad batch begins, in bytes; 0 when all are good.</summary>
    public int Position { get; init; }

    /// <summary>Valid batches: all of them, or those before the bad one. The other totals likewise.</summary>
    public int BatchCount { get; init; }

    public long RecordCount { get; init; }

    /// <summary>Highest max timestamp of the batches, milliseconds since the Unix epoch; -1 for none.</summary>
    public long MaxTimestamp { get; init; }

    /// <summary>Lowest base timestamp of the batches, those without one aside; <see cref="long.MaxValue"/> when none has one.</summary>
    public long MinTimestamp { get; init; }

    /// <summary>The first batch has a producer id, so sequences decide whether it is a duplicate.</summary>
    public bool IsIdempotent { get; init; }

    public int Bytes { get; init; }

    internal long Found { get; init; }

    internal long Expected { get; init; }

    /// <summary>What is wrong, where, and what the limit is; empty when nothing is. Made when asked for.</summary>
    public string Detail => Status == BatchValidationStatus.Ok ? "" : $"The record batch at byte {Position} {Complaint}.";

    private string Complaint => Status switch
    {
        BatchValidationStatus.Empty => "is missing: there must be at least one",
        BatchValidationStatus.Incomplete => $"is cut off: {Expected} bytes are needed and {Found} are there",
        BatchValidationStatus.BadLength => $"has length {Found}; at least {Expected} is possible",
        BatchValidationStatus.UnsupportedMagic => $"has magic {Found}; only {Expected} is supported",
        BatchValidationStatus.TooLarge => $"has {Found} bytes; message.max.bytes is {Expected}",
        BatchValidationStatus.CrcMismatch => $"carries CRC-32C 0x{Found:X8}, but its bytes give 0x{Expected:X8}",
        BatchValidationStatus.UnknownCompression => $"has compression type {Found}; the highest known is {Expected}",
        BatchValidationStatus.ControlBatch => "is a control batch, which only brokers may write",
        BatchValidationStatus.NoRecords => $"has record count {Found}; at least {Expected} is needed",
        BatchValidationStatus.RecordCountTooLarge => $"claims {Found} records; its bytes hold at most {Expected}",
        BatchValidationStatus.OffsetDeltaMismatch => $"has last offset delta {Found}; its record count asks for {Expected}",
        _ => $"has an inconsistent producer id, epoch or sequence (found {Found}, at least {Expected} is needed)",
    };
}
