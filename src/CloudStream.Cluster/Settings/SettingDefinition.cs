namespace CloudStream.Cluster.Settings;

/// <summary>One setting of a broker or a topic: what it is called, what it may be and what it does. Immutable.</summary>
public sealed class SettingDefinition
{
    private readonly SettingRule _rule;

    internal SettingDefinition(string name, SettingRule rule, string defaultValue, string doc)
    {
        (Name, _rule, Default, Doc) = (name, rule, defaultValue, doc);
    }

    /// <summary>Kafka's name, or ours under <c>cloudstream.</c></summary>
    public string Name { get; }

    /// <summary>Type of the value.</summary>
    public SettingType Type => _rule.Type;

    /// <summary>The value when nobody sets it; empty for a setting that has none of its own.</summary>
    public string Default { get; }

    /// <summary>What values are allowed, in words.</summary>
    public string Range => _rule.Range;

    /// <summary>Whether it may be altered while the broker runs.</summary>
    public bool IsDynamic { get; internal init; }

    /// <summary>What it does, its unit, and whether it has an effect here.</summary>
    public string Doc { get; }

    /// <summary>
    /// Checks a value and brings it into its plain form; <paramref name="error"/> names the setting, the value and the limit.
    /// </summary>
    public bool TryNormalize(string text, out string value, out string? error)
    {
        if (_rule.TryNormalize(text, out value, out var limit))
        {
            error = null;
            return true;
        }

        error = $"{Name} is '{text}'; {limit}.";
        return false;
    }
}
