using System.Globalization;

namespace CloudStream.Cluster.Settings;

/// <summary>
/// What a setting's value may be. Checking also brings it into its plain form (trimmed, booleans in lower case), the form that is stored.
/// Immutable.
/// </summary>
internal sealed class SettingRule
{
    private readonly Func<string, string?> _normalize;

    private SettingRule(SettingType type, string range, Func<string, string?> normalize) =>
        (Type, Range, _normalize) = (type, range, normalize);

    /// <summary>Type of the value.</summary>
    public SettingType Type { get; }

    /// <summary>What is allowed, in words.</summary>
    public string Range { get; }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static SettingRule Boolean { get; } = OneOf(SettingType.Boolean, StringComparison.OrdinalIgnoreCase, "true", "false");

    /// <summary>A 32-bit integer.</summary>
    public static SettingRule Int(int min, int max = int.MaxValue) => Integer(SettingType.Int, min, max, open: false);

    /// <summary>A 64-bit integer.</summary>
    public static SettingRule Long(long min, long max = long.MaxValue) => Integer(SettingType.Long, min, max, max == long.MaxValue);

    /// <summary>Any 64-bit integer; negative ones mean "no limit".</summary>
    public static SettingRule AnyLong { get; } = new(SettingType.Long, "a 64-bit integer", text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value.ToString(CultureInfo.InvariantCulture)
            : null);

    /// <summary>A decimal number.</summary>
    public static SettingRule Double(double min, double max) => new(SettingType.Double, $"{min} to {max}", text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= min
            && value <= max ? text : null);

    /// <summary>Any text; <paramref name="range"/> says what is meant.</summary>
    public static SettingRule Text(string range) => new(SettingType.String, range, text => text);

    /// <summary>One of the words.</summary>
    public static SettingRule OneOf(params string[] words) => OneOf(SettingType.String, StringComparison.Ordinal, words);

    /// <summary>Words separated by commas, possibly none; one that is repeated counts once.</summary>
    public static SettingRule ListOf(params string[] words) => new(SettingType.List, $"a list of: {string.Join(", ", words)}", text =>
    {
        var items = Items(text);
        return items.All(words.Contains) ? string.Join(',', items.Distinct(StringComparer.Ordinal)) : null;
    });

    /// <summary>A list in a form that <paramref name="item"/> recognises item by item, or the one word <paramref name="all"/>.</summary>
    public static SettingRule ListOf(string range, Func<string, bool> item, string all) => new(SettingType.List, range, text =>
    {
        var items = Items(text);
        return items.All(item) || (items is [var only] && only == all) ? string.Join(',', items) : null;
    });

    /// <summary>The same rule, narrowed to what is supported here; <paramref name="why"/> tells why not all that Kafka takes.</summary>
    public SettingRule Only(Func<string, bool> supported, string range, string why) =>
        new(Type, range, text => _normalize(text) is { } value && supported(value) ? value : null) { Note = why };

    /// <summary>Why less is allowed than Kafka allows; null when all is.</summary>
    public string? Note { get; private init; }

    /// <summary>The value in its plain form, or what is wrong with it.</summary>
    public bool TryNormalize(string text, out string value, out string? error)
    {
        var normal = _normalize(text.Trim());
        value = normal ?? "";
        error = normal is null ? $"it must be {Range}{(Note is null ? "" : $" ({Note})")}" : null;
        return normal is not null;
    }

    private static SettingRule Integer(SettingType type, long min, long max, bool open) =>
        new(type, open ? $"{min} or more" : $"{min} to {max}", text =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
                ? value.ToString(CultureInfo.InvariantCulture)
                : null);

    private static SettingRule OneOf(SettingType type, StringComparison comparison, params string[] words) =>
        new(type, string.Join(" or ", words), text => Array.Find(words, w => string.Equals(w, text, comparison)));

    private static string[] Items(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
