using System.Text.RegularExpressions;
using CloudStream.Log.Options;

namespace CloudStream.Simulation.Tests.Minimising;

/// <summary>
/// The events of a trace that a violation is about: what names the same records, clients, objects, topics or registers, and what befell the
/// processes.
/// </summary>
internal static partial class RelevantEvents
{
    private static readonly string[] s_ofProcesses = ["starts", "crashes", "pauses", "wakes up", "drains", "flips"];

    public static List<string> Of(IEnumerable<string> trace, ViolationException violation)
    {
        var subjects = Subjects().Matches(violation.Message).Select(m => m.Value).Distinct().ToList();

        // Records first: a client or a shard alone is too much when records are named.
        var records = subjects.Where(s => s.Contains(':', StringComparison.Ordinal)).ToList();
        var wanted = records.Count > 0 ? records : subjects;
        return [.. trace.Where(line => s_ofProcesses.Any(e => line.Contains($" {e} ", StringComparison.Ordinal))
            || wanted.Exists(w => Names(line, w) || IsOfJournal(line, w)))];
    }

    private static bool IsOfJournal(string line, string subject) =>
        subject.StartsWith("shard ", StringComparison.Ordinal)
        && Regex.IsMatch(line, $"{JournalRing.Prefix}[0-9a-f]+/{int.Parse(subject[6..]):d4}");

    // "idem0:1" is not "idem0:12".
    private static bool Names(string line, string subject)
    {
        for (var at = line.IndexOf(subject, StringComparison.Ordinal); at >= 0;
            at = line.IndexOf(subject, at + 1, StringComparison.Ordinal))
        {
            if (at + subject.Length == line.Length || !char.IsAsciiLetterOrDigit(line[at + subject.Length]))
                return true;
        }

        return false;
    }

    [GeneratedRegex(
        @"(plain|idem|cond|consumer|churner|member|simple)\d+(:\d+|-\d+)?"
            + @"|([0-9a-f]{2}|ck)/\d{4}/\S+?(?=[,.;: ]|$)|shard \d+|workers|loners")]
    private static partial Regex Subjects();
}
