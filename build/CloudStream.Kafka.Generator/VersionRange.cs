namespace CloudStream.Kafka.Generator;

/// <summary>Versions from the first to the last, both included; empty where the first is above the last.</summary>
internal readonly struct VersionRange(int first, int last)
{
    public static readonly VersionRange None = new(1, 0);

    public int First { get; } = first;

    public int Last { get; } = last;

    public bool IsEmpty => First > Last;

    public VersionRange Intersect(VersionRange other) => new(Math.Max(First, other.First), Math.Min(Last, other.Last));

    public bool Covers(VersionRange other) => other.IsEmpty || (First <= other.First && Last >= other.Last);

    /// <summary>
    /// A C# condition on <c>version</c> that is true inside this range, given that the version is inside <paramref name="known"/>; null:
    /// always.
    /// </summary>
    public string? Condition(VersionRange known)
    {
        if (Covers(known))
            return null;
        if (Intersect(known).IsEmpty)
            return "false";
        if (First <= known.First)
            return $"version <= {Last}";
        if (Last >= known.Last)
            return $"version >= {First}";
        return First == Last ? $"version == {First}" : $"version is >= {First} and <= {Last}";
    }

    /// <summary>Reads <c>4</c>, <c>4-12</c> or <c>4+</c>.</summary>
    public static bool TryParse(string text, out VersionRange range)
    {
        range = None;
        if (text.EndsWith("+", StringComparison.Ordinal))
        {
            if (!int.TryParse(text.Substring(0, text.Length - 1), out var from))
                return false;
            range = new VersionRange(from, int.MaxValue);
            return true;
        }

        var dash = text.IndexOf('-');
        var firstText = dash < 0 ? text : text.Substring(0, dash);
        var lastText = dash < 0 ? text : text.Substring(dash + 1);
        if (!int.TryParse(firstText, out var first) || !int.TryParse(lastText, out var last) || first > last)
            return false;
        range = new VersionRange(first, last);
        return true;
    }
}
