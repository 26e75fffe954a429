using CloudStream.Cluster;
using Microsoft.AspNetCore.Builder;

namespace CloudStream.Cli.Serve;

/// <summary>
/// How <c>serve</c> ends. What waits is answered at once; who then still keeps a connection open (a request that does not come, an answer
/// that is not taken) is cut off after a moment, but nobody who waits for a commit. Draining the broker has a time of its own, which
/// clients cannot use up.
/// </summary>
internal static class Shutdown
{
    // For answers that are under way.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_commitPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_lastAnswers = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(4);

    public static async Task RunAsync(WebApplication faces, Broker broker)
    {
        broker.BeginLeaving();
        using var cutOff = new CancellationTokenSource();
        using var ended = new CancellationTokenSource();
        Task cutting = CutOffAsync(broker, cutOff, ended.Token);
        try
        {
            await faces.StopAsync(cutOff.Token);
        }
        catch (OperationCanceledException) when (cutOff.IsCancellationRequested)
        {
            // Some were cut off.
        }

        await ended.CancelAsync();
        await cutting;
        using var limit = new CancellationTokenSource(s_drainLimit);
        await broker.DrainAsync(limit.Token);
    }

    private static async Task CutOffAsync(Broker broker, CancellationTokenSource cutOff, CancellationToken ended)
    {
        try
        {
            await Task.Delay(s_patience, ended);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ended);
            limit.CancelAfter(s_commitPatience);
            Task flushed = broker.FlushAsync(limit.Token);
            if (!flushed.IsCompleted)
            {
                await flushed;
                await Task.Delay(s_lastAnswers, ended);
            }
        }
        catch (OperationCanceledException)
        {
            // All have ended, or the store is too slow to wait for.
        }

        await cutOff.CancelAsync();
    }
}
