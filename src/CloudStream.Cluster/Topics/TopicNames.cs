using System.Buffers;

namespace CloudStream.Cluster.Topics;

/// <summary>Kafka's rules for topic names.</summary>
public static class TopicNames
{
    /// <summary>Kafka's own log of its metadata. Nobody may create it; Kafka's other internal topics may be created, as in Kafka.</summary>
    public const string Metadata = "__cluster_metadata";

    /// <summary>Whether Kafka's tools take a topic of this name for one of Kafka's own, which subscriptions by pattern leave out.</summary>
    public static bool IsInternal(string name) => name is "__consumer_offsets" or "__transaction_state" or "__share_group_state";

    /// <summary>Longest name in characters.</summary>
    public const int MaxLength = 249;

    private static readonly SearchValues<char> s_allowed = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>What is wrong with a name, in Kafka's words, which tools look for; null when nothing is.</summary>
    public static string? Fault(string name)
    {
        if (name.Length == 0)
            return "Topic name is invalid: the empty string is not allowed";
        if (name is "." or "..")
            return $"Topic name is invalid: '{name}' is not allowed";
        if (name.Length > MaxLength)
            return $"Topic name is invalid: the length of {Shown(name)} is longer than the max allowed length {MaxLength}";
        return name.AsSpan().IndexOfAnyExcept(s_allowed) is >= 0
            ? $"Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
            : null;
    }

    // Kafka repeats the whole name; one of many thousand characters would not fit an answer's string.
    private static string Shown(string name) => name.Length <= 1_000 ? $"'{name}'" : $"a name of {name.Length} characters";

    /// <summary>Whether the name has a character on which names can collide.</summary>
    internal static bool CanCollide(string name) => name.AsSpan().IndexOfAny('.', '_') >= 0;

    /// <summary>Whether two different names are one as a metric's name, in which Kafka's tools write '_' for '.'.</summary>
    internal static bool Collide(string a, string b) => a != b && a.Replace('.', '_') == b.Replace('.', '_');
}
