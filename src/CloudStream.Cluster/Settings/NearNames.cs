namespace CloudStream.Cluster.Settings;

/// <summary>Finds the names that somebody who wrote an unknown one may have meant.</summary>
internal static class NearNames
{
    private const int MaxSuggestions = 3;

    /// <summary>Up to three known names, the nearest first; empty when none is near.</summary>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> known)
    {
        var limit = Math.Max(2, name.Length / 4);
        return [.. known.Select(k => (Name: k, Distance: Distance(name, k)))
            .Where(k => k.Distance <= limit || k.Name.EndsWith("." + name, StringComparison.Ordinal)
                || name.EndsWith("." + k.Name, StringComparison.Ordinal))
            .OrderBy(k => k.Distance).ThenBy(k => k.Name, StringComparer.Ordinal)
            .Take(MaxSuggestions).Select(k => k.Name)];
    }

    /// <summary><c>; did you mean a or b?</c>, or nothing.</summary>
    public static string Question(string name, IEnumerable<string> known)
    {
        var near = Of(name, known);
        return near.Count == 0 ? "" : $"; did you mean {string.Join(" or ", near)}?";
    }

    // Levenshtein: insertions, deletions and replacements that turn one into the other.
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
