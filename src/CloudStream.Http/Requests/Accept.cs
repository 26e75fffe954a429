using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace CloudStream.Http.Requests;

/// <summary>Chooses a representation by the <c>Accept</c> header (RFC 9110, 12.5.1).</summary>
internal static class Accept
{
    /// <summary>The supported type that the client likes best; the first one without a preference.</summary>
    public static string Choose(HttpRequest request, params ReadOnlySpan<string> supported)
    {
        var header = request.Headers.Accept;
        if (header.Count == 0)
            return supported[0];
        if (!MediaTypeHeaderValue.TryParseStrictList(header, out var ranges))
            throw new RequestRejectedException(NotAcceptable(supported));
        string? best = null;
        var bestQuality = 0.0;
        foreach (var type in supported)
        {
            var quality = Quality(type, ranges);
            if (quality > bestQuality)
                (best, bestQuality) = (type, quality);
        }

        return best ?? throw new RequestRejectedException(NotAcceptable(supported));
    }

    private static double Quality(string type, IList<MediaTypeHeaderValue> ranges)
    {
        var (quality, specificity) = (0.0, -1);
        foreach (var range in ranges)
        {
            var its = range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2;
            if (its > specificity && Matches(range, type))
                (quality, specificity) = (range.Quality ?? 1.0, its);
        }

        return quality;
    }

    // Parameters such as charset=utf-8 do not matter: there is one charset.
    private static bool Matches(MediaTypeHeaderValue range, string type) => range.MatchesAllTypes
        || (range.MatchesAllSubTypes
            ? type.StartsWith($"{range.Type}/", StringComparison.OrdinalIgnoreCase)
            : range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase));

    private static Problem NotAcceptable(ReadOnlySpan<string> supported) => Problem.NotAcceptable(string.Join(", ", supported!));
}
