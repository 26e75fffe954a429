using System.Globalization;

namespace CloudStream.Cli.Shell;

/// <summary>Where <c>--from</c> begins: the log's start or end, an offset, or the first record at or after a time.</summary>
/// <param name="Kind">Which of these.</param>
/// <param name="Value">The offset, or the time in milliseconds since 1970 UTC.</param>
internal readonly record struct StartPosition(StartKind Kind, long Value = 0)
{
    /// <summary>
    /// A whole number is an offset; <c>@</c> and a number is milliseconds since 1970 UTC; anything else is ISO 8601, UTC unless it says
    /// otherwise.
    /// </summary>
    public static bool TryParse(string text, out StartPosition position)
    {
        position = default;
        if (text == "earliest")
            position = new StartPosition(StartKind.Earliest);
        else if (text == "latest")
            position = new StartPosition(StartKind.Latest);
        else if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long offset))
            position = new StartPosition(StartKind.Offset, offset);
        else if (text.StartsWith('@') && long.TryParse(
            text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds))
            position = new StartPosition(StartKind.Timestamp, milliseconds);
        else if (text.Contains('-', StringComparison.Ordinal) && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            && time >= DateTimeOffset.UnixEpoch)
            position = new StartPosition(StartKind.Timestamp, time.ToUnixTimeMilliseconds());
        else
            return false;
        return true;
    }

    public override string ToString() => Kind switch
    {
        StartKind.Offset => $"{Value}",
        StartKind.Timestamp => $"@{Value}",
        _ => Kind.ToString().ToLowerInvariant(),
    };
}

/// <summary>The kinds of <see cref="StartPosition"/>.</summary>
internal enum StartKind
{
    Earliest,
    Latest,
    Offset,
    Timestamp,
}
