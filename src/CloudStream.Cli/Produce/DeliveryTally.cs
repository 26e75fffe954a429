using CloudStream.Client;

namespace CloudStream.Cli.Produce;

/// <summary>Counts what became of the records. Thread-safe.</summary>
internal sealed class DeliveryTally
{
    private long _begun;
    private long _acknowledged;
    private long _failed;
    private string? _firstFailure;

    /// <summary>Records that were given to the producer, or are being given to it.</summary>
    public long Begun => Volatile.Read(ref _begun);

    public long Acknowledged => Volatile.Read(ref _acknowledged);

    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Records of which it is not known yet what becomes of them.</summary>
    public long Open => Begun - Acknowledged - Failed;

    public string? FirstFailure => Volatile.Read(ref _firstFailure);

    public void Begin() => Interlocked.Increment(ref _begun);

    public void Count(DeliveryReport report)
    {
        if (report.Error is null)
        {
            Interlocked.Increment(ref _acknowledged);
            return;
        }

        Interlocked.CompareExchange(ref _firstFailure, report.Error.Message, null);
        Interlocked.Increment(ref _failed);
    }
}
