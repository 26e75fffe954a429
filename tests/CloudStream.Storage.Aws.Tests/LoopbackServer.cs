using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CloudStream.Storage.Aws.Tests;

/// <summary>A server on a loopback address that gives every request the same answer, or none.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[]? _answer;
    private readonly bool _keepsSilent;
    private int _requests;

    private LoopbackServer(byte[]? answer, bool keepsSilent)
    {
        (_answer, _keepsSilent) = (answer, keepsSilent);
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>How many came.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Answers each request with a status and a body.</summary>
    public static LoopbackServer Answering(int status, string body, string contentType) => new(Encoding.UTF8.GetBytes(
        $"HTTP/1.1 {status} Something\r\nContent-Type: {contentType}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
            + $"Connection: close\r\n\r\n{body}"), false);

    /// <summary>Reads each request and closes the connection.</summary>
    public static LoopbackServer HangingUp() => new(null, false);

    /// <summary>Reads each request and says nothing.</summary>
    public static LoopbackServer KeepingSilent() => new(null, true);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Socket>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                open.Add(socket);
                _ = ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            open.ForEach(s => s.Dispose());
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await ReadRequestAsync(socket);
            Interlocked.Increment(ref _requests);
            if (_answer is not null)
                await socket.SendAsync(_answer, SocketFlags.None);
            if (!_keepsSilent)
                socket.Dispose();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client has hung up.
        }
    }

    private static async Task ReadRequestAsync(Socket socket)
    {
        var (buffer, count) = (new byte[1 << 20], 0);
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(count), SocketFlags.None);
            count += read;
            var head = buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8);
            if (read == 0 || (head >= 0 && count >= head + 4 + ContentLength(Encoding.ASCII.GetString(buffer, 0, head))))
                return;
        }
    }

    private static int ContentLength(string head) => head.Split("\r\n")
        .Where(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
        .Select(l => int.Parse(l.AsSpan(15), System.Globalization.CultureInfo.InvariantCulture))
        .FirstOrDefault();
}
