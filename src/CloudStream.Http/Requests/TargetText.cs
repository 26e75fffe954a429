using System.Text;
using System.Text.Unicode;
using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CloudStream.Http.Requests;

/// <summary>
/// The request's target as the bytes that its escapes stand for. ASP.NET decodes escapes as UTF-8 and leaves those that are not as they
/// were written, so that <c>%FF</c> would be a text of three letters.
/// </summary>
internal static class TargetText
{
    /// <summary>
    /// Refuses a path and query parameters whose escapes are not UTF-8; those of <paramref name="except"/> may stand for any bytes.
    /// </summary>
    public static void RequireUtf8(HttpRequest request, string except)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (target is null || !target.Contains('%', StringComparison.Ordinal))
            return;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        if (!Utf8.IsValid(Decode(path)))
            throw new RequestRejectedException($"The path \"{Excerpt.Of(path)}\" is not UTF-8.");
        foreach (var (name, value) in Parameters(request))
        {
            if (!Utf8.IsValid(Decode(name)) || (name != except && !Utf8.IsValid(Decode(value))))
                throw new RequestRejectedException($"Query parameter \"{Excerpt.Of(name)}\" is not UTF-8.");
        }
    }

    /// <summary>The bytes of a query parameter; null without it.</summary>
    public static byte[]? Bytes(HttpRequest request, string name)
    {
        foreach (var (its, value) in Parameters(request))
        {
            if (Encoding.UTF8.GetString(Decode(its)) == name)
                return Decode(value);
        }

        return null;
    }

    private static IEnumerable<(string Name, string Value)> Parameters(HttpRequest request)
    {
        foreach (var parameter in (request.QueryString.Value ?? "").TrimStart('?').Split('&'))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            yield return equals < 0 ? (parameter, "") : (parameter[..equals], parameter[(equals + 1)..]);
        }
    }

    private static byte[] Decode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var (read, written) = (0, 0);
        while (read < bytes.Length)
        {
            var b = bytes[read];
            var isEscape = b == '%' && read + 2 < bytes.Length
                && char.IsAsciiHexDigit((char)bytes[read + 1]) && char.IsAsciiHexDigit((char)bytes[read + 2]);
            bytes[written++] = isEscape ? Convert.FromHexString(bytes.AsSpan(read + 1, 2))[0] : b == '+' ? (byte)' ' : b;
            read += isEscape ? 3 : 1;
        }

        return bytes[..written];
    }
}
