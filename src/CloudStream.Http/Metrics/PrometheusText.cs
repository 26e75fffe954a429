using System.Globalization;
using System.Text;

namespace CloudStream.Http.Metrics;

/// <summary>
/// Writes metrics in Prometheus' text format 0.0.4, named by OpenTelemetry's rules for Prometheus: dots become underscores, the unit and, for counters, <c>total</c> are suffixes.
/// </summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IReadOnlyList<SeriesTable> tables)
    {
        var text = new StringBuilder();

        // Several meters may have an instrument of one name; a family is written once.
        foreach (var family in tables.GroupBy(t => Name(t)))
        {
            var first = family.First();
            text.Append("# HELP ").Append(family.Key).Append(' ').Append(Escape(first.Instrument.Description ?? first.Instrument.Name, quotes: false)).Append('\n');
            text.Append("# TYPE ").Append(family.Key).Append(' ').Append(TypeName(first.Kind)).Append('\n');
            foreach (var table in family)
                WriteSeries(text, family.Key, table);
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
        return IsTotal(table.Kind) && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static void WriteSeries(StringBuilder text, string name, SeriesTable table)
    {
        foreach (var series in table.All)
        {
            var (sum, count, buckets) = series.Read();
            var labels = Labels(series.Tags);
            if (table.Kind == SeriesKind.Histogram)
                WriteHistogram(text, name, labels, table.Bounds, (sum, count, buckets));
            else
                Line(text, name, labels, sum);
        }
    }

    private static void WriteHistogram(StringBuilder text, string name, string labels, double[] bounds, (double Sum, long Count, long[] Buckets) values)
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

    private static string Labels(KeyValuePair<string, object?>[] tags) => string.Join(',', tags.Select(t =>
        $"{Clean(t.Key)}=\"{Escape(Convert.ToString(t.Value, CultureInfo.InvariantCulture) ?? "", quotes: true)}\""));

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
