using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace CloudStream.Http.Tests.Fuzz;

/// <summary>One connection, one request at a time; connects again when the server has closed it.</summary>
public sealed class RawConnection(Uri address) : IDisposable
{
    // Longer than the longest wait that a fetch may ask for.
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(75);
    private TcpClient? _client;
    private BufferedStream _stream = null!;

    public async Task<RawReply> SendAsync(RawRequest request)
    {
        using var hang = new CancellationTokenSource(s_hang);
        await OpenAsync(hang.Token);
        var bytes = request.Encode();
        try
        {
            await _client!.GetStream().WriteAsync(bytes, hang.Token);
        }
        catch (IOException)
        {
            // Refused before it was sent: the answer stands in the receive buffer.
        }

        try
        {
            return await ReadAsync(request, hang.Token);
        }
        catch (IOException)
        {
            Dispose();
            return new RawReply(499, "", [], IsWhole: false);
        }
    }

    /// <summary>Sends a part of a request and breaks the connection.</summary>
    public async Task SendPartAsync(RawRequest request, Random random)
    {
        await OpenAsync(CancellationToken.None);
        var bytes = request.Encode();
        await _client!.GetStream().WriteAsync(bytes.AsMemory(0, random.Next(bytes.Length)));
        Dispose();
    }

    public void Dispose()
    {
        _client?.Dispose();
        _client = null;
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_client is not null)
            return;
        _client = new TcpClient { NoDelay = true };
        await _client.ConnectAsync(address.Host, address.Port, cancellationToken);
        _stream = new BufferedStream(_client.GetStream(), 16 * 1024);
    }

    private async Task<RawReply> ReadAsync(RawRequest request, CancellationToken cancellationToken)
    {
        var status = int.Parse((await LineAsync(cancellationToken)).Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await LineAsync(cancellationToken) is { Length: > 0 } line)
            headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();
        var type = headers.GetValueOrDefault("Content-Type", "").Split(';')[0];
        if (status == 200 && (request.MayFollow || type == "text/event-stream"))
        {
            Dispose();
            return new RawReply(status, type, [], IsWhole: false);
        }

        var body = headers.ContainsKey("Transfer-Encoding") ? await ChunksAsync(cancellationToken) : await BytesAsync(
            int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture), cancellationToken);
        if (headers.GetValueOrDefault("Connection") == "close")
            Dispose();
        return new RawReply(status, type, body, IsWhole: true);
    }

    private async Task<byte[]> ChunksAsync(CancellationToken cancellationToken)
    {
        var body = new List<byte>();
        while (int.Parse(await LineAsync(cancellationToken), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is var length and > 0)
        {
            body.AddRange(await BytesAsync(length, cancellationToken));
            await LineAsync(cancellationToken);
        }

        await LineAsync(cancellationToken);
        return [.. body];
    }

    private async Task<byte[]> BytesAsync(int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        await _stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            await _stream.ReadExactlyAsync(one, cancellationToken);
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }
    }
}
