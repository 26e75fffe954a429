using System.Globalization;
using System.Text;

namespace CloudStream.Http.Tests.Fuzz;

/// <summary>A request as bytes: what a mutation changes before any client library could object.</summary>
public sealed record RawRequest(string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>Whether the answer may be a stream that never ends.</summary>
    public bool MayFollow { get; init; }

    /// <summary>Whether the body is sent in chunks instead of with a length.</summary>
    public bool IsChunked { get; init; }

    /// <summary>The bytes on the wire. Framing is always right: a request that promises more than it sends only waits.</summary>
    public byte[] Encode()
    {
        var head = new StringBuilder().Append(Method).Append(' ').Append(OneLine(Target)).Append(" HTTP/1.1\r\nHost: localhost\r\n");
        foreach (var (name, value) in Headers)
            head.Append(OneLine(name)).Append(": ").Append(OneLine(value)).Append("\r\n");
        if (IsChunked)
            head.Append("Transfer-Encoding: chunked\r\n");
        else if (Body.Length > 0 || Method is "POST" or "PATCH")
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n");
        byte[] start = Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
        return IsChunked ? [.. start, .. Chunks()] : [.. start, .. Body];
    }

    public override string ToString() =>
        $"{Method} {Target} [{string.Join(" | ", Headers.Select(h => $"{h.Name}: {h.Value}"))}]{(IsChunked ? " chunked" : "")} "
            + $"{Convert.ToHexString(Body)} = {Encoding.Latin1.GetString(Body)}";

    private static string OneLine(string text) => text.Replace('\r', ' ').Replace('\n', ' ');

    private byte[] Chunks()
    {
        var chunks = new List<byte>();
        foreach (var part in Body.Chunk(7))
            chunks.AddRange([.. Encoding.ASCII.GetBytes($"{part.Length:x}\r\n"), .. part, 13, 10]);
        return [.. chunks, .. "0\r\n\r\n"u8];
    }
}
