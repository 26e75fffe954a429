using System.Buffers;

namespace CloudStream.Http.Requests;

/// <summary>Takes white space out of valid JSON text and leaves everything else as it was written: numbers, escapes, order.</summary>
internal static class CompactJson
{
    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n"u8);

    /// <summary>Whether there may be white space to take out; true too where all of it is inside strings.</summary>
    public static bool MayNeedIt(ReadOnlySpan<byte> json) => json.IndexOfAny(WhiteSpace) >= 0;

    /// <summary>Copies the JSON text without its white space.</summary>
    /// <param name="json">Valid JSON text.</param>
    /// <param name="target">At least as long.</param>
    /// <returns>Bytes written.</returns>
    public static int Copy(ReadOnlySpan<byte> json, Span<byte> target)
    {
        var (written, inString, escaped) = (0, false, false);
        foreach (var b in json)
        {
            if (!inString && b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                continue;
            target[written++] = b;
            if (b == '"' && !escaped)
                inString = !inString;
            escaped = inString && b == '\\' && !escaped;
        }

        return written;
    }
}
