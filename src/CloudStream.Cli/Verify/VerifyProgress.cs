using CloudStream.Log.Verify;

namespace CloudStream.Cli.Verify;

/// <summary>How far it is, on standard error, twice a second, where that is a terminal. Nothing in a pipe or a log.</summary>
internal sealed class VerifyProgress : IDisposable
{
    private readonly VerifyReport _report;
    private readonly Timer? _timer;

    private VerifyProgress(VerifyReport report)
    {
        _report = report;
        if (!Console.IsErrorRedirected)
            _timer = new Timer(_ => Show(), null, TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(500));
    }

    public static VerifyProgress Start(VerifyReport report) => new(report);

    public void Dispose()
    {
        if (_timer is null)
            return;
        _timer.Dispose();

        // Wipes the line, so that what comes next stands by itself.
        Console.Error.Write("\r\e[K");
    }

    private void Show() => Console.Error.Write(
        $"\r\e[Kread {VerifyText.Bytes(_report.BytesRead)} of about {VerifyText.Bytes(_report.TotalBytes)}");
}
