using System.Diagnostics;

namespace CloudStream.Cli.Produce;

/// <summary>How far it is, on standard error, twice a second, where that is a terminal. Nothing in a pipe or a log.</summary>
internal sealed class ProduceProgress : IDisposable
{
    private readonly DeliveryTally _tally;
    private readonly Timer? _timer;
    private readonly long _start = Stopwatch.GetTimestamp();

    private ProduceProgress(DeliveryTally tally)
    {
        _tally = tally;
        if (!Console.IsErrorRedirected)
            _timer = new Timer(_ => Show(), null, TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(500));
    }

    public static ProduceProgress Start(DeliveryTally tally) => new(tally);

    public void Dispose()
    {
        if (_timer is null)
            return;
        _timer.Dispose();

        // Wipes the line, so that what comes next stands by itself.
        Console.Error.Write("\r\e[K");
    }

    private void Show()
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        Console.Error.Write($"\r\e[K{_tally.Acknowledged:n0} records acknowledged, {_tally.Acknowledged / seconds:n0} a second");
    }
}
