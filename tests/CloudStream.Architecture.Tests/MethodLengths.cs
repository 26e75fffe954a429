using System.Text.RegularExpressions;

namespace CloudStream.Architecture.Tests;

/// <summary>
/// Measures method bodies by their braces. The formatter puts the braces of a member on lines of their own, indented like the member, so no
/// parser is needed; a body is a block whose opening brace follows a line that declares no type.
/// </summary>
internal static partial class MethodLengths
{
    public static IEnumerable<(string Name, int Length)> Of(string[] lines)
    {
        for (int i = 1; i < lines.Length; i++)
        {
            if (lines[i].Trim() != "{" || lines[i].IndexOf('{', StringComparison.Ordinal) is not (4 or 8))
                continue;
            int indent = lines[i].IndexOf('{', StringComparison.Ordinal);
            string declaration = Declaration(lines, i, indent);
            if (Type().IsMatch(declaration) || Statement().IsMatch(declaration) || declaration.Length == 0)
                continue;
            int end = Array.FindIndex(lines, i, l => l.StartsWith(new string(' ', indent) + "}", StringComparison.Ordinal));
            if (end < 0)
                continue;
            yield return (declaration, end - i + 1);
            if (indent == 4)
                i = end;
        }
    }

    // The first line of the declaration that the brace belongs to: upwards past parameter lists and constraints, which are indented more.
    private static string Declaration(string[] lines, int brace, int indent)
    {
        for (int i = brace - 1; i >= 0; i--)
        {
            int depth = lines[i].Length - lines[i].TrimStart().Length;
            if (lines[i].Trim().Length == 0)
                return "";
            if (depth == indent)
                return lines[i].Trim();
        }

        return "";
    }

    [GeneratedRegex(@"\b(class|struct|interface|enum|record|namespace)\b")]
    private static partial Regex Type();

    [GeneratedRegex(
        @"^(if|else|for|foreach|while|do|switch|try|catch|finally|using|lock|fixed|unsafe|checked|case|default|get|set|init|\{|\}|//)\b?")]
    private static partial Regex Statement();
}
