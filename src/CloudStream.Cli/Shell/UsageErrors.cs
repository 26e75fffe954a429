using System.Text.RegularExpressions;

namespace CloudStream.Cli.Shell;

/// <summary>
/// What the parser says of a wrong command line, in a person's words: it names the types of the program where a value cannot be read.
/// </summary>
internal static partial class UsageErrors
{
    public static string Plain(string message)
    {
        Match unread = Unread().Match(message);
        if (!unread.Success)
            return message;
        string where = unread.Groups["name"].Value is { Length: > 0 } name ? $"{name}: " : "";
        return $"{where}'{unread.Groups["given"].Value}' is not {Kind(unread.Groups["type"].Value)}";
    }

    private static string Kind(string type) => type switch
    {
        _ when type.Contains("Int", StringComparison.Ordinal) => "a whole number in its range",
        _ when type.Contains("Double", StringComparison.Ordinal) || type.Contains("Decimal", StringComparison.Ordinal) => "a number",
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ => "understood",
    };

    [GeneratedRegex(
        "^Cannot parse argument '(?<given>.*)'( for (option|command) '(?<name>[^']*)')? as expected type '(?<type>[^']*)'",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Unread();
}
