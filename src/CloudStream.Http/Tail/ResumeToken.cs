using System.Globalization;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;

namespace CloudStream.Http.Tail;

/// <summary>
/// Where a stream of all partitions goes on, as text: <c>0:12,1:40</c> says that partition 0 goes on at offset 12 and partition 1 at 40. A partition that
/// is missing did not exist when the token was made: it is read from its beginning.
/// </summary>
internal static class ResumeToken
{
    private const int MaxChars = 64 * 1024;

    /// <summary>Next offset by partition.</summary>
    /// <exception cref="RequestRejectedException">The text is no token.</exception>
    public static Dictionary<int, long> Parse(string text)
    {
        var offsets = new Dictionary<int, long>();
        if (text.Length is 0 or > MaxChars)
            throw Refuse(text);
        foreach (var range in text.AsSpan().Split(','))
        {
            var part = text.AsSpan(range);
            var colon = part.IndexOf(':');
            if (colon < 0 || !int.TryParse(part[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
                || !long.TryParse(part[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var offset) || !offsets.TryAdd(partition, offset))
                throw Refuse(text);
        }

        return offsets;
    }

    private static RequestRejectedException Refuse(string text) =>
        new($"Last-Event-ID is \"{Excerpt.Of(text)}\"; it must be the id of an event of this stream, such as 0:12,1:40.");
}
