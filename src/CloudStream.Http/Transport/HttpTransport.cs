using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using CloudStream.Cluster.Faces;
using CloudStream.Http.Requests;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace CloudStream.Http.Transport;

/// <summary>
/// One HTTP connection between the socket and the server. The server takes the end of what a client sends for the end of the client; here a
/// client may close its sending half and still gets its answer (<see cref="HalfClose"/>), in the middle of a body, too. And who speaks
/// HTTP/2 is told so in HTTP/2, and who has sent half a request head that the application stops (<see cref="ClientBytes"/>).
/// </summary>
internal sealed class HttpTransport : IDuplexPipe, IDisposable
{
    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _inner;
    private readonly CancellationToken _innerClosed;
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _sentAll = new();
    private readonly AnswerBytes _answers;
    private readonly SendProgress _progress;

    private HttpTransport(ConnectionContext connection, TimeProvider time, CancellationToken stopping)
    {
        (_connection, _inner, _innerClosed) = (connection, connection.Transport, connection.ConnectionClosed);
        _progress = new SendProgress(time, connection.Features.Get<IConnectionSocketFeature>()?.Socket);
        _answers = new AnswerBytes(_inner.Output, _closed);
        var turn = new RequestTurn();
        Input = new ClientBytes(_inner, _answers, turn, IsOpenToTheClient, stopping);
        connection.Features.Set(turn);
    }

    /// <summary>The client's address.</summary>
    public EndPoint? Peer => _connection.RemoteEndPoint;

    public PipeReader Input { get; }

    public PipeWriter Output => _answers;

    /// <summary>Serves the connection of an application that may stop.</summary>
    public static async Task RunAsync(
        ConnectionContext connection, ConnectionDelegate next, OpenConnections<HttpTransport> open, TimeProvider time,
        CancellationToken stopping)
    {
        using var transport = new HttpTransport(connection, time, stopping);
        connection.Transport = transport;
        connection.ConnectionClosed = transport._closed.Token;
        connection.Features.Set(new HalfClose(transport._sentAll.Token));
        open.Add(transport);
        try
        {
            await using (transport._innerClosed.UnsafeRegister(static t => ((HttpTransport)t!).OnClosed(), transport))
                await next(connection);
        }
        finally
        {
            open.Remove(transport);
            connection.Transport = transport._inner;
            connection.ConnectionClosed = transport._innerClosed;
        }
    }

    /// <summary>Whether an answer is under way of which the client has taken nothing for longer than that. Asked by one.</summary>
    public bool HasStalled(TimeSpan limit) => _progress.HasStalled(_answers.Waits, limit);

    /// <summary>Ends the connection now.</summary>
    public void Abort(string why) => _connection.Abort(new ConnectionAbortedException(why));

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
    // error. It shows it once, perhaps to the server; from then on only the state of the connection tells.
    private bool IsOpenToTheClient()
    {
        try
        {
            return _connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket
                && socket.Receive(stackalloc byte[1], SocketFlags.Peek) == 0 && !TcpState.IsClosed(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
