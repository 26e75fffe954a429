namespace CloudStream.Client;

/// <summary>What became of an enqueued record. Exactly one is reported per record, in order per partition.</summary>
public readonly struct DeliveryReport
{
    /// <summary>Where the record is; meaningful only where <see cref="Error"/> is null.</summary>
    public DeliveryResult Result { get; init; }

    /// <summary>Why the record was not delivered; null where it was.</summary>
    public ProduceException? Error { get; init; }

    /// <summary>What was given when the record was enqueued.</summary>
    public object? State { get; init; }
}
