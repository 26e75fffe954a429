using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace CloudStream.Http.Transport;

/// <summary>
/// One HTTP connection between the socket and the server. The server takes the end of what a client sends for the end of the client; here a
/// client may close its sending half and still gets its answer (<see cref="HalfClose"/>). And who speaks HTTP/2 is told so in HTTP/2, and
/// who has sent half a request head that the application stops (<see cref="ClientBytes"/>).
/// </summary>
internal sealed class HttpTransport : IDuplexPipe, IDisposable
{
    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _inner;
    private readonly CancellationToken _innerClosed;
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _sentAll = new();

    private HttpTransport(ConnectionContext connection, CancellationToken stopping)
    {
        (_connection, _inner, _innerClosed) = (connection, connection.Transport, connection.ConnectionClosed);
        var (answers, turn) = (new AnswerBytes(_inner.Output, _closed), new RequestTurn());
        (Input, Output) = (new ClientBytes(_inner, answers, turn, stopping), answers);
        connection.Features.Set(turn);
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Serves the connection of an application that may stop.</summary>
    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, CancellationToken stopping)
    {
        using var transport = new HttpTransport(connection, stopping);
        connection.Transport = transport;
        connection.ConnectionClosed = transport._closed.Token;
        connection.Features.Set(new HalfClose(transport._sentAll.Token));
        try
        {
            await using (transport._innerClosed.UnsafeRegister(static t => ((HttpTransport)t!).OnClosed(), transport))
                await next(connection);
        }
        finally
        {
            connection.Transport = transport._inner;
            connection.ConnectionClosed = transport._innerClosed;
        }
    }

    public void Dispose()
    {
        _closed.Dispose();
        _sentAll.Dispose();
    }

    private void OnClosed()
    {
        if (IsOpenToTheClient())
            _sentAll.Cancel();
        else
            _closed.Cancel();
    }

    // The client has sent its last byte, and nothing says that it does not read: a connection that was reset or given up here shows an
    // error.
    private bool IsOpenToTheClient()
    {
        try
        {
            return _connection.Features.Get<IConnectionSocketFeature>()?.Socket.Receive(stackalloc byte[1], SocketFlags.Peek) == 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
