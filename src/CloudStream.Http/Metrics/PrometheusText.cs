using System.Globalization;
using System.Text;

namespace CloudStream.Http.Metrics;

/// <summary>
/// Writes metrics in Prometheus' text format 0.0.4, named by OpenTelemetry's rules for Prometheus: dots become underscores, the unit and,
/// for counters, <c>total</c> are suffixes. OpenTelemetry's own exporter is not used: it puts what another application in the same process
/// measured onto this one's page, labels every series with the meter's name, which the documented series and their readers do not know, and
/// is a preview.
/// </summary>
internal static class PrometheusText
{
    private static readonly string[] s_parts = ["_bucket", "_sum", "_count"];

    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>
    /// A family is written once, whatever meters it comes from, and a series once, whatever instruments measured it: the format allows
    /// neither twice. An instrument whose name means another type already, or a part of another's histogram, is left out.
    /// </summary>
    public static string Write(IReadOnlyList<SeriesTable> tables)
    {
        var text = new StringBuilder();
        var families = tables.GroupBy(Name).Select(family => (Name: family.Key, Tables: OfOneType([.. family]))).ToList();
        var parts = families
            .Where(f => f.Tables[0].Kind == SeriesKind.Histogram)
            .SelectMany(f => s_parts.Select(part => f.Name + part))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (name, members) in families.Where(f => !parts.Contains(f.Name)))
        {
            var first = members[0];
            var help = Escape(first.Instrument.Description ?? first.Instrument.Name, quotes: false);
            text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(TypeName(first.Kind)).Append('\n');
            if (first.Kind == SeriesKind.Histogram)
                WriteHistograms(text, name, members);
            else
                WriteValues(text, name, members);
        }

        return text.ToString();
    }

    /// <summary>The name that an instrument has here.</summary>
    public static string Name(SeriesTable table)
    {
        var name = Clean(table.Instrument.Name);
        var unit = UnitName(table.Instrument.Unit, table.Kind);
        if (unit.Length > 0 && !name.EndsWith("_" + unit, StringComparison.Ordinal))
            name = $"{name}_{unit}";
        if (IsTotal(table.Kind))
            return name.EndsWith("_total", StringComparison.Ordinal) ? name : name + "_total";

        // Those endings are parts of histograms, and checkers refuse them elsewhere: dotnet.timer.count is dotnet_timer.
        var part = table.Kind == SeriesKind.Histogram ? null : Array.Find(s_parts, p => name.EndsWith(p, StringComparison.Ordinal));
        return part is null ? name : name[..^part.Length];
    }

    private static List<SeriesTable> OfOneType(List<SeriesTable> tables) =>
        tables.FindAll(t => TypeName(t.Kind) == TypeName(tables[0].Kind));

    private static void WriteValues(StringBuilder text, string name, List<SeriesTable> tables)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var table in tables)
        {
            foreach (var series in table.All)
            {
                var labels = Labels(series.Tags, isHistogram: false);
                var value = series.Read().Sum;
                values[labels] = table.Kind == SeriesKind.Gauge ? value : values.GetValueOrDefault(labels) + value;
            }
        }

        foreach (var (labels, value) in values)
            Line(text, name, labels, value);
    }

    private static void WriteHistograms(StringBuilder text, string name, List<SeriesTable> tables)
    {
        var bounds = tables[0].Bounds;
        var sums = new Dictionary<string, (double Sum, long Count, long[] Buckets)>(StringComparer.Ordinal);
        foreach (var table in tables.Where(t => t.Bounds.AsSpan().SequenceEqual(bounds)))
        {
            foreach (var series in table.All)
            {
                var labels = Labels(series.Tags, isHistogram: true);
                var read = series.Read();
                if (sums.TryGetValue(labels, out var other))
                    read = (read.Sum + other.Sum, read.Count + other.Count, [.. read.Buckets.Zip(other.Buckets, static (a, b) => a + b)]);
                sums[labels] = read;
            }
        }

        foreach (var (labels, values) in sums)
            WriteHistogram(text, name, labels, bounds, values);
    }

    private static void WriteHistogram(
        StringBuilder text, string name, string labels, double[] bounds, (double Sum, long Count, long[] Buckets) values)
    {
        var comma = labels.Length == 0 ? "" : ",";
        long cumulated = 0;
        for (var i = 0; i < bounds.Length; i++)
        {
            cumulated += values.Buckets[i];
            Line(text, name + "_bucket", $"{labels}{comma}le=\"{Number(bounds[i])}\"", cumulated);
        }

        Line(text, name + "_bucket", $"{labels}{comma}le=\"+Inf\"", values.Count);
        Line(text, name + "_sum", labels, values.Sum);
        Line(text, name + "_count", labels, values.Count);
    }

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    // By name, so that the order in which tags were given makes no other series; names that become one here share their values.
    private static string Labels(KeyValuePair<string, object?>[] tags, bool isHistogram) => string.Join(',', tags
        .Select(t => (Name: LabelName(t.Key, isHistogram), Value: Convert.ToString(t.Value, CultureInfo.InvariantCulture) ?? ""))
        .GroupBy(t => t.Name, StringComparer.Ordinal)
        .OrderBy(t => t.Key, StringComparer.Ordinal)
        .Select(t => $"{t.Key}=\"{Escape(string.Join(';', t.Select(v => v.Value)), quotes: true)}\""));

    private static string LabelName(string tag, bool isHistogram) =>
        Clean(tag) is var name && isHistogram && name == "le" ? "exported_le" : name;

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Clean(string name)
    {
        var clean = new StringBuilder(name.Length);
        foreach (var c in name)
            clean.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        return char.IsAsciiDigit(clean[0]) ? "_" + clean : clean.ToString();
    }

    private static string Escape(string text, bool quotes)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private static string UnitName(string? unit, SeriesKind kind) => unit switch
    {
        null or "" or ['{', ..] => "",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "By" => "bytes",
        "%" => "percent",
        "1" => kind == SeriesKind.Gauge ? "ratio" : "",
        _ => Clean(unit),
    };

    private static bool IsTotal(SeriesKind kind) => kind is SeriesKind.Counter or SeriesKind.ObservedTotal;

    private static string TypeName(SeriesKind kind) => kind switch
    {
        SeriesKind.Counter or SeriesKind.ObservedTotal => "counter",
        SeriesKind.Histogram => "histogram",
        _ => "gauge",
    };
}
