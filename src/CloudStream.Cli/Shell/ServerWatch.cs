using CloudStream.Client;

namespace CloudStream.Cli.Shell;

/// <summary>
/// Says on standard error that the server does not answer while something waits for it, once per silence, and that it answers again: it
/// asks for a sign of life whenever an interval has brought no progress. Whoever waits goes on trying meanwhile.
/// </summary>
internal sealed class ServerWatch : IAsyncDisposable
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromMilliseconds(1500);

    private readonly CloudStreamClient _client;
    private readonly Func<long> _progress;
    private readonly Func<bool> _isWaiting;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private bool _isSilent;

    private ServerWatch(Uri server, TimeSpan interval, bool isAskedAtOnce, Func<long> progress, Func<bool> isWaiting)
    {
        _client = new(new CloudStreamClientOptions { Server = server, RetryTimeout = TimeSpan.Zero, RequestTimeout = AnswerPatience });
        (_progress, _isWaiting) = (progress, isWaiting);
        _watching = Task.Run(() => WatchAsync(interval, isAskedAtOnce));
    }

    /// <param name="server">The server.</param>
    /// <param name="interval">How long no progress is no silence.</param>
    /// <param name="isAskedAtOnce">Whether a sign of life is wanted at the beginning, too.</param>
    /// <param name="progress">A number that changes with every answer.</param>
    /// <param name="isWaiting">Whether an answer is waited for.</param>
    public static ServerWatch Start(Uri server, TimeSpan interval, bool isAskedAtOnce, Func<long> progress, Func<bool> isWaiting) =>
        new(server, interval, isAskedAtOnce, progress, isWaiting);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task WatchAsync(TimeSpan interval, bool isAskedAtOnce)
    {
        try
        {
            if (isAskedAtOnce)
                await AskAsync();
            while (true)
            {
                long before = _progress();
                await Task.Delay(interval, _stop.Token);
                if (_progress() == before && _isWaiting())
                    await AskAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task AskAsync()
    {
        string? silence = null;
        try
        {
            await _client.Admin.DescribeClusterAsync(_stop.Token);
        }
        catch (CloudStreamException e)
        {
            // A refusal is an answer: what it means for the command, that says itself.
            silence = e.ErrorCode is ErrorCode.ConnectionFailed or ErrorCode.ReplyLost or ErrorCode.InvalidReply
                ? e.Message.TrimEnd('.')
                : null;
        }

        if (silence is not null && !_isSilent)
            Say($"{silence}; still trying");
        else if (silence is null && _isSilent)
            Say("the server answers again");
        _isSilent = silence is not null;
    }

    // Where a line of progress stands on a terminal, this one takes its place.
    private static void Say(string message) =>
        Console.Error.WriteLine($"{(Console.IsErrorRedirected ? "" : "\r\e[K")}cloudstream: {message}");
}
