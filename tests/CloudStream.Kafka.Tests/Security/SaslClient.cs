using System.Buffers.Binary;
using System.Net;
using System.Text;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.Security;

/// <summary>The steps of authentication on one connection, each with what came back in a few words.</summary>
internal sealed class SaslClient(WireClient client) : IDisposable
{
    public static byte[] Plain(string user, string password, string actsFor = "") =>
        Encoding.UTF8.GetBytes($"{actsFor}\0{user}\0{password}");

    /// <summary>Goes through the steps of a case until the broker closes the connection.</summary>
    public static async Task<string> RunAsync(SaslCase tried, IPEndPoint end)
    {
        using var client = new SaslClient(await WireClient.ConnectAsync(end));
        var said = new List<string>();
        try
        {
            foreach (var step in tried.Steps)
                said.Add(await step(client));
        }
        catch (Exception e) when (e is EndOfStreamException or IOException)
        {
            said.Add("closed");
        }

        return string.Join("; ", said);
    }

    public async Task<string> VersionsAsync(short version = 0, string software = "test") =>
        $"{(await client.AskAsync<ApiVersionsResponse>(
            new ApiVersionsRequest { ClientSoftwareName = software, ClientSoftwareVersion = "1" }, version)).ErrorCode}";

    public async Task<string> HandshakeAsync(short version, string mechanism = "PLAIN")
    {
        var answer = await client.AskAsync<SaslHandshakeResponse>(new SaslHandshakeRequest { Mechanism = mechanism }, version);
        return $"{answer.ErrorCode} {string.Join(',', answer.Mechanisms)}".TrimEnd();
    }

    public async Task<string> AuthenticateAsync(short version, byte[] token)
    {
        var answer = await client.AskAsync<SaslAuthenticateResponse>(new SaslAuthenticateRequest { AuthBytes = token }, version);
        Assert.True(answer.AuthBytes.IsEmpty);
        var lifetime = answer.SessionLifetimeMs == 0 ? "" : $" for {answer.SessionLifetimeMs} ms";
        return $"{answer.ErrorCode}{lifetime} {answer.ErrorMessage}".TrimEnd();
    }

    public Task<string> AuthenticateAsync(string user, string password) => AuthenticateAsync(1, Plain(user, password));

    /// <summary>Handshake and token two times in one piece, so that no time passes between; the codes of the answers.</summary>
    public async Task<string> TwiceAtOnceAsync(byte[] token)
    {
        byte[] Handshake() => client.Frame(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 1);
        byte[] Authenticate() => client.Frame(new SaslAuthenticateRequest { AuthBytes = token }, 1);
        await client.SendAsync((byte[])[.. Handshake(), .. Authenticate(), .. Handshake(), .. Authenticate()]);
        var codes = new List<short>();
        for (var i = 0; i < 2; i++)
        {
            codes.Add((await client.ReceiveAsync<SaslHandshakeResponse>(1)).Response.ErrorCode);
            codes.Add((await client.ReceiveAsync<SaslAuthenticateResponse>(1)).Response.ErrorCode);
        }

        return string.Join(' ', codes);
    }

    /// <summary>A token without a header, as follows SaslHandshake version 0; its answer has none either.</summary>
    public async Task<string> TokenAsync(byte[] token)
    {
        var frame = new byte[4 + token.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, token.Length);
        token.CopyTo(frame, 4);
        await client.SendAsync(frame);
        return $"token '{Convert.ToHexString(await client.ReceiveBareAsync())}'";
    }

    public async Task<string> MetadataAsync() =>
        $"{(await client.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [] }, 1)).Brokers.Count} broker";

    /// <summary>Asks until the broker has enough of it.</summary>
    public async Task<string> MetadataUntilClosedAsync()
    {
        while (true)
            await MetadataAsync();
    }

    /// <summary>Bytes as they are; what comes back is not read.</summary>
    public async Task<string> SendAsync(params byte[] bytes)
    {
        await client.SendAsync(bytes);
        return "sent";
    }

    public async Task<string> EndAsync() => await client.IsClosedAsync() ? "closed" : "more";

    public void Dispose() => client.Dispose();
}
