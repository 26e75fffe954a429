using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>
/// A request whose body is still being written while its answer is read, as curl does it; HttpClient reads HTTP/1.1 answers only after the
/// body.
/// </summary>
public sealed class DuplexRequest : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly Queue<string> _lines = [];
    private StreamReader _reader = null!;
    private string _partial = "";

    public int Status { get; private set; }

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public static async Task<DuplexRequest> OpenAsync(Uri address, string path)
    {
        var request = new DuplexRequest();
        await request._client.ConnectAsync(address.Host, address.Port);
        request._reader = new StreamReader(request._client.GetStream(), Encoding.Latin1);
        await request.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: "
                + "chunked\r\n\r\n");
        return request;
    }

    /// <summary>Sends a piece of the body.</summary>
    public Task WriteAsync(string text) => SendAsync($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n");

    /// <summary>Ends the body.</summary>
    public Task CompleteAsync() => SendAsync("0\r\n\r\n");

    /// <summary>Closes the sending half in the middle of the body.</summary>
    public void CloseSending() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Breaks the connection in the middle of the body.</summary>
    public void Abort()
    {
        _client.Client.LingerState = new LingerOption(enable: true, 0);
        _client.Dispose();
    }

    /// <summary>The next line of the answer's body; null at its end.</summary>
    public async Task<string?> ReadLineAsync()
    {
        if (Status == 0)
            await ReadHeadAsync();
        while (_lines.Count == 0)
        {
            if (!await ReadChunkAsync())
                return null;
        }

        return _lines.Dequeue();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }

    private async Task SendAsync(string text) => await _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text));

    private async Task ReadHeadAsync()
    {
        Status = int.Parse((await _reader.ReadLineAsync())!.Split(' ')[1], CultureInfo.InvariantCulture);
        while (await _reader.ReadLineAsync() is { Length: > 0 } line)
            Headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();
    }

    private async Task<bool> ReadChunkAsync()
    {
        var length = int.Parse((await _reader.ReadLineAsync())!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var chunk = new char[length];
        await _reader.ReadBlockAsync(chunk);
        await _reader.ReadLineAsync();
        var parts = (_partial + new string(chunk)).Split('\n');
        _partial = parts[^1];
        foreach (var line in parts[..^1])
            _lines.Enqueue(line);
        return length > 0;
    }
}
