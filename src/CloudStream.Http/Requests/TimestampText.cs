using System.Globalization;

namespace CloudStream.Http.Requests;

/// <summary>Timestamps as clients write them: milliseconds since the Unix epoch, or ISO 8601 that says its offset from UTC.</summary>
internal static class TimestampText
{
    // A time without "Z" or an offset would mean something else on every machine.
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd",
    ];

    public static bool TryParse(string text, out long milliseconds)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out milliseconds))
            return true;
        if (text.Length > 10 && text[^1] != 'Z' && text.AsSpan(10).IndexOfAny('+', '-') < 0)
            return false;
        var ticks = ToTicks(text);
        if (!DateTimeOffset.TryParseExact(ticks, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return false;
        milliseconds = time.ToUnixTimeMilliseconds();
        return milliseconds >= 0;
    }

    // Go, Java and Rust write nanoseconds; .NET reads ticks of 100 ns. Less than a millisecond counts for nothing either way.
    private static string ToTicks(string text)
    {
        const int TickDigits = 7;
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0)
            return text;
        var digits = text.AsSpan(point + 1).IndexOfAnyExceptInRange('0', '9');
        return digits > TickDigits ? string.Concat(text.AsSpan(0, point + 1 + TickDigits), text.AsSpan(point + 1 + digits)) : text;
    }

    public static string Complaint(string what, string text) =>
        $"{what} is \"{Excerpt.Of(text)}\"; it must be milliseconds since 1970 (0 or more) or ISO 8601 such as 2026-01-31T12:00:00Z.";
}
