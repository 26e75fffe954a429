using System.Globalization;

namespace CloudStream.Http.Requests;

/// <summary>Durations as clients write them: milliseconds (<c>500</c>, <c>500ms</c>) or seconds (<c>2s</c>).</summary>
internal static class DurationText
{
    public static bool TryParse(string text, TimeSpan max, out TimeSpan duration)
    {
        var (digits, unitMs) = text switch
        {
            [.. var number, 'm', 's'] => (number, 1),
            [.. var number, 's'] => (number, 1000),
            _ => (text, 1),
        };
        var isDuration = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value <= max.TotalMilliseconds / unitMs;
        duration = isDuration ? TimeSpan.FromMilliseconds(value * unitMs) : default;
        return isDuration;
    }
}
