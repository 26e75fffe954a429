using System.Text;
using CloudStream.Records;

namespace CloudStream.Http.Tests.Fuzz;

/// <summary>
/// Changes a request in a few places: bytes and words of the body, values of the query, segments of the path, headers, framing.
/// </summary>
internal static class RequestMutation
{
    private static readonly string[] s_words =
    [
        "-1", "0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "2147483648", "1e400", "-0", "0.1e-9", "null",
        "true", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}", "[", "]", "{", "}", ",", ":", "\"",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "\\", "\\u", "\r\n", "%00", "%2F", "..", "/", "?", "&",
        "=", "+", "*", " ", "\u00ff\u00fe", "earliest", "latest", "99999h", "500ms", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z",
        "0001-01-01T00:00:00+23:59", "\"5\"", "W/\"5\"", "application/json; charset=utf-16", "text/event-stream", "identity;q=0, *",
        "0:1,1:2", "0:-1", "__proto__", "key", "value", "records", "partition", "timestamp", "headers", "auto", "base64", "AAAA====",
    ];

    private static readonly string[] s_headers =
    [
        "If-Match", "If-None-Match", "Producer-Id", "Producer-Epoch", "Producer-Seq", "Content-Type", "Content-Encoding", "Accept",
        "Accept-Encoding", "Last-Event-ID", "CloudStream-Header-X", "CloudStream-Key-Base64", "CloudStream-Header-X-Base64", "Range",
        "Expect", "Cookie", "X",
    ];

    public static RawRequest Of(RawRequest golden, Random random)
    {
        var request = golden with { IsChunked = random.Next(8) == 0 && golden.Body.Length > 0 };
        for (var changes = random.Next(1, random.Next(2, 5)); changes > 0; changes--)
            request = Change(request, random);
        return request;
    }

    private static RawRequest Change(RawRequest request, Random random) => random.Next(20) switch
    {
        < 4 when request.Target.Contains('?') =>
            request with { Target = MutateText(request.Target, random, from: request.Target.IndexOf('?') + 1) },
        4 => request with { Target = MutateText(request.Target, random, from: 0) },
        5 => request with
        {
            Target = request.Target + (request.Target.Contains('?') ? '&' : '?') + s_words[random.Next(s_words.Length)] + "="
                + s_words[random.Next(s_words.Length)]
        },
        6 or 7 => request with
        {
            Headers = [.. request.Headers, (s_headers[random.Next(s_headers.Length)], s_words[random.Next(s_words.Length)])]
        },
        8 or 9 when request.Headers.Count > 0 => request with { Headers = MutateHeaders(request.Headers, random) },
        _ when request.Body.Length > 0 => request with { Body = MutateBody(request.Body, random) },
        _ => request with
        {
            Headers = [.. request.Headers, (s_headers[random.Next(s_headers.Length)], s_words[random.Next(s_words.Length)])]
        },
    };

    private static (string, string)[] MutateHeaders(IReadOnlyList<(string Name, string Value)> headers, Random random)
    {
        var at = random.Next(headers.Count);
        return random.Next(3) switch
        {
            0 => [.. headers.Where((_, i) => i != at)],
            1 => [.. headers, headers[at]],
            _ => [.. headers.Select((h, i) => i == at ? (h.Name, MutateText(h.Value, random, 0)) : h)],
        };
    }

    private static string MutateText(string text, Random random, int from)
    {
        if (from >= text.Length)
            return text + s_words[random.Next(s_words.Length)];
        var at = random.Next(from, text.Length);
        var end = Math.Min(text.Length, at + random.Next(1, 9));
        return random.Next(4) switch
        {
            0 => text[..at] + (char)random.Next(256) + text[(at + 1)..],
            1 => text[..at] + s_words[random.Next(s_words.Length)] + text[at..],
            2 => text[..at] + s_words[random.Next(s_words.Length)] + text[end..],
            _ => text[..at] + text[end..],
        };
    }

    private static byte[] MutateBody(byte[] body, Random random)
    {
        var bytes = body.ToList();
        var at = random.Next(bytes.Count);
        var length = Math.Min(random.Next(1, 20), bytes.Count - at);
        switch (random.Next(8))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)random.Next(256); break;
            case 2: bytes.RemoveRange(at, length); break;
            case 3: bytes.RemoveRange(at, bytes.Count - at); break;
            case 4: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
            case 5: bytes.InsertRange(at, Enumerable.Repeat(bytes[at], random.Next(1, 2000))); break;
            default:
                bytes.RemoveRange(at, random.Next(2) * length);
                bytes.InsertRange(at, Encoding.Latin1.GetBytes(s_words[random.Next(s_words.Length)]));
                break;
        }

        var mutated = bytes.ToArray();
        if (body[0] == 0 && random.Next(2) == 0)
            RightChecksum(mutated);
        return mutated;
    }

    // What only a broken producer would send: a batch whose checksum is right and whose records make no sense.
    private static void RightChecksum(byte[] batch)
    {
        if (batch.Length >= RecordBatchLayout.HeaderBytes && new RecordBatchHeader(batch).TotalBytes == batch.Length)
            RecordBatchLayout.UpdateCrc(batch);
    }
}
