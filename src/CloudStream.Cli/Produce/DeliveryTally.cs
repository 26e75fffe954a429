using CloudStream.Client;

namespace CloudStream.Cli.Produce;

/// <summary>Counts what became of the records. Thread-safe.</summary>
internal sealed class DeliveryTally
{
    private long _acknowledged;
    private long _failed;
    private string? _firstFailure;

    public long Acknowledged => Volatile.Read(ref _acknowledged);

    public long Failed => Volatile.Read(ref _failed);

    public string? FirstFailure => Volatile.Read(ref _firstFailure);

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
