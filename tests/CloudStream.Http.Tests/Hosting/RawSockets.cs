using System.Net.Sockets;
using System.Text;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>Clients without an HTTP library, which do what such a library does not.</summary>
internal static class RawSockets
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static async Task<Socket> ConnectAsync(this HttpHost host)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        return client;
    }

    /// <summary>As nc -N does it: everything, the end, and then to listen. All that is answered; a reset is a fault.</summary>
    public static async Task<string> SendAndCloseAsync(this HttpHost host, string request)
    {
        using var client = await host.ConnectAsync();
        using var reader = new StreamReader(new NetworkStream(client), Encoding.UTF8);
        await client.SendAsync(Encoding.ASCII.GetBytes(request));
        client.Shutdown(SocketShutdown.Send);
        return await reader.ReadToEndAsync().WaitAsync(s_patience);
    }

    /// <summary>Reads until these words have come; gives all that came.</summary>
    public static async Task<string> ReadUntilAsync(this Socket client, string words)
    {
        var (text, buffer) = (new StringBuilder(), new byte[4096]);
        using var patience = new CancellationTokenSource(s_patience);
        while (!text.ToString().Contains(words, StringComparison.Ordinal))
        {
            var read = await client.ReceiveAsync(buffer, patience.Token);
            Assert.True(read > 0, $"ended before \"{words}\": {text}");
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return text.ToString();
    }
}
