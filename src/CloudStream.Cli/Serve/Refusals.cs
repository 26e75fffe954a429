using System.Collections.Concurrent;
using CloudStream.Http;
using Microsoft.AspNetCore.Connections;

namespace CloudStream.Cli.Serve;

/// <summary>
/// Connections that get no place: those of HTTP are answered, a few at a time, all others closed. They hold their descriptors for a moment
/// only. Used by one listener.
/// </summary>
internal sealed class Refusals(ConnectionLimit limit) : IAsyncDisposable
{
    // Two listeners.
    private const int MostAtOnce = DescriptorBudget.Refusals / 2;

    // For a client that is still sending its request.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Task, bool> _underWay = [];

    /// <summary>Refuses a connection, which is no longer the caller's; what is closed at once is closed when it completes.</summary>
    public Task RefuseAsync(ConnectionContext connection, bool isHttp)
    {
        if (!isHttp || _underWay.Count >= MostAtOnce)
            return CloseAsync(connection);
        Task answer = AnswerAsync(connection);
        _underWay[answer] = true;
        answer.GetAwaiter().OnCompleted(() => _underWay.TryRemove(answer, out _));
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_underWay.Keys);

    private async Task AnswerAsync(ConnectionContext connection)
    {
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            await CloudStreamHttpListening.RefuseAsync(connection, limit.Most, patience.Token);
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            // It is gone, or has had its time.
        }
        finally
        {
            await CloseAsync(connection);
        }
    }

    private static async Task CloseAsync(ConnectionContext connection)
    {
        connection.Abort(new ConnectionAbortedException("as many connections as may be are open"));
        await connection.DisposeAsync();
    }
}
