using System.Globalization;
using System.Text.RegularExpressions;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>
/// A strict reader of Prometheus' text format 0.0.4, after its public description, beside which the rules are kept that the description
/// leaves to convention: every family has a help and a type, counters end in <c>_total</c>, histograms are whole. It finds faults and does
/// nothing else.
/// </summary>
internal static partial class ExpositionFormat
{
    private static readonly string[] Parts = ["_bucket", "_sum", "_count"];

    /// <summary>What is wrong, with the number of the line; nothing for a good text.</summary>
    public static IReadOnlyList<string> Faults(string text)
    {
        var reading = new Reading();
        if (text.Length > 0 && !text.EndsWith('\n'))
            reading.Fault("the last line does not end");
        if (text.Contains('\r', StringComparison.Ordinal))
            reading.Fault("a carriage return");
        foreach (var line in text.Split('\n', StringSplitOptions.None).SkipLast(1))
            reading.Line(line);
        reading.End();
        return reading.Faults;
    }

    private sealed class Reading
    {
        private readonly HashSet<string> _families = [];
        private readonly HashSet<string> _series = [];
        private readonly Dictionary<string, List<(double Bound, double Value)>> _buckets = [];
        private readonly Dictionary<string, double> _counts = [];
        private readonly HashSet<string> _sums = [];
        private int _line;
        private string _family = "";
        private string? _help;
        private string? _type;
        private bool _hasSamples = true;

        public List<string> Faults { get; } = [];

        public void Fault(string what) => Faults.Add($"line {_line}: {what}");

        public void Line(string line)
        {
            _line++;
            if (line.Length == 0)
                return;
            if (line.StartsWith("# HELP ", StringComparison.Ordinal) || line.StartsWith("# TYPE ", StringComparison.Ordinal))
                Comment(line[2..6], line[7..]);
            else if (line[0] != '#')
                Sample(line);
        }

        public void End()
        {
            EndFamily();
            foreach (var (series, buckets) in _buckets)
            {
                if (!buckets.SequenceEqual(buckets.OrderBy(b => b.Bound)) || buckets.DistinctBy(b => b.Bound).Count() != buckets.Count)
                    Fault($"the buckets of {series} are not in the order of their bounds");
                if (!buckets.Select(b => b.Value).SequenceEqual(buckets.Select(b => b.Value).Order()))
                    Fault($"the buckets of {series} are not cumulated");
                if (!double.IsPositiveInfinity(buckets[^1].Bound))
                    Fault($"{series} has no bucket +Inf");
                else if (!_counts.TryGetValue(series, out var count) || count != buckets[^1].Value)
                    Fault($"the count of {series} is not that of its bucket +Inf");
            }

            foreach (var series in _counts.Keys.Where(s => !_buckets.ContainsKey(s) || !_sums.Contains(s)))
                Fault($"the histogram {series} has no buckets or no sum");
        }

        private void Comment(string kind, string rest)
        {
            var name = rest.Split(' ')[0];
            if (!MetricName().IsMatch(name))
                Fault($"'{name}' is no name of a metric");
            if (name != _family)
                BeginFamily(name);
            else if (_hasSamples)
                Fault($"{kind} of {name} after its samples");
            if (kind == "HELP")
            {
                if (_help is not null)
                    Fault($"a second HELP of {name}");
                _help = rest[name.Length..].TrimStart(' ');
                if (!HelpText().IsMatch(_help))
                    Fault($"a wrong escape in the HELP of {name}");
                return;
            }

            if (_type is not null)
                Fault($"a second TYPE of {name}");
            _type = rest[name.Length..].Trim();
            if (_type is not ("counter" or "gauge" or "histogram" or "summary" or "untyped"))
                Fault($"there is no type '{_type}'");
            if (_type == "counter" && !name.EndsWith("_total", StringComparison.Ordinal))
                Fault($"the counter {name} does not end in _total");
            if (_type is "counter" or "gauge" && Array.Exists(Parts, part => name.EndsWith(part, StringComparison.Ordinal)))
                Fault($"{name} ends as a part of a histogram does and is none");
            if (_type == "gauge" && name.EndsWith("_total", StringComparison.Ordinal))
                Fault($"the gauge {name} ends in _total");
        }

        private void BeginFamily(string name)
        {
            EndFamily();
            if (!_families.Add(name))
                Fault($"the family {name} begins a second time");
            foreach (var part in Parts.Where(
                part => name.EndsWith(part, StringComparison.Ordinal) && _histograms.Contains(name[..^part.Length])))
                Fault($"the family {name} is a part of a histogram");
            (_family, _help, _type, _hasSamples) = (name, null, null, false);
        }

        private readonly HashSet<string> _histograms = [];

        private void EndFamily()
        {
            if (_family.Length > 0 && (_help is null || _type is null))
                Fault($"{_family} has no HELP or no TYPE");
            if (_type == "histogram")
                _histograms.Add(_family);
        }

        private void Sample(string line)
        {
            var match = SampleLine().Match(line);
            if (!match.Success)
            {
                Fault($"not a sample: {line}");
                return;
            }

            _hasSamples = true;
            var name = match.Groups["name"].Value;
            var part = _type == "histogram" ? Array.Find(Parts, p => name == _family + p) : name == _family ? "" : null;
            if (part is null)
                Fault($"the sample {name} does not belong to the family {_family} of type {_type}");
            var labels = match.Groups["label"].Captures.Zip(
                match.Groups["value"].Captures, (label, value) => (Name: label.Value, Value: value.Value)).ToList();
            if (labels.Select(l => l.Name).Distinct().Count() != labels.Count)
                Fault($"a label twice: {line}");
            if (labels.Exists(l => l.Name.StartsWith("__", StringComparison.Ordinal)))
                Fault($"a label that is reserved: {line}");
            if (!_series.Add(Key(name, labels)))
                Fault($"the series a second time: {line}");
            var number = Number(match.Groups["number"].Value);
            if (_type is "counter" or "histogram" && (number < 0 || double.IsNaN(number)) && part != "_sum")
                Fault($"a counter below zero: {line}");
            if (_type == "histogram" && part is not null)
                Histogram(part, labels, number, line);
        }

        private void Histogram(string part, List<(string Name, string Value)> labels, double number, string line)
        {
            var series = Key(_family, labels.FindAll(l => part != "_bucket" || l.Name != "le"));
            if (part == "_sum")
                _sums.Add(series);
            else if (part == "_count")
                _counts[series] = number;
            else if (labels.Find(l => l.Name == "le").Value is not { } bound)
                Fault($"a bucket without a bound: {line}");
            else if (_buckets.TryGetValue(series, out var buckets))
                buckets.Add((Number(bound), number));
            else
                _buckets[series] = [(Number(bound), number)];
        }

        private double Number(string text)
        {
            switch (text)
            {
                case "+Inf":
                    return double.PositiveInfinity;
                case "-Inf":
                    return double.NegativeInfinity;
                case "NaN":
                    return double.NaN;
            }

            if (text is ['_' or ' ', ..] || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                || !double.IsFinite(number))
            {
                Fault($"'{text}' is no number");
                return double.NaN;
            }

            return number;
        }

        private static string Key(string name, List<(string Name, string Value)> labels) =>
            $"{name}{{{string.Join(',', labels.OrderBy(l => l.Name, StringComparer.Ordinal).Select(l => $"{l.Name}=\"{l.Value}\""))}}}";
    }

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"^([^\\]|\\\\|\\n)*$", RegexOptions.ExplicitCapture)]
    private static partial Regex HelpText();

    [GeneratedRegex(
        """^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\]|\\\\|\\"|\\n)*)",?)*(?<!,)\})? """
            + """(?<number>[^ ]+)( -?\d+)?$""",
        RegexOptions.ExplicitCapture)]
    private static partial Regex SampleLine();
}
