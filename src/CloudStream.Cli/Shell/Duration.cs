using System.CommandLine;
using System.Globalization;

namespace CloudStream.Cli.Shell;

/// <summary>Durations on the command line: a number and a unit (<c>us ms s m h</c>); a bare number is milliseconds.</summary>
internal readonly record struct Duration(TimeSpan Value)
{
    private static readonly (string Unit, double Milliseconds)[] Units = [("us", 0.001), ("ms", 1), ("s", 1000), ("m", 60_000),
        ("h", 3_600_000), ("", 1)];

    public static bool TryParse(string text, out Duration duration)
    {
        duration = default;
        foreach ((string unit, double milliseconds) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                continue;
            if (!double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out double number) || number * milliseconds > 1e12)
                return false;
            duration = new Duration(TimeSpan.FromMilliseconds(number * milliseconds));
            return true;
        }

        return false;
    }

    public static Option<Duration> Option(string name, TimeSpan? fallback, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        DefaultValueFactory = fallback is { } value ? _ => new Duration(value) : null,
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (!TryParse(text, out Duration duration))
                result.AddError($"{name}: '{text}' is not a duration such as 5ms, 1.5s or 1m");
            return duration;
        },
    };

    public override string ToString() => $"{Value.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}ms";
}
