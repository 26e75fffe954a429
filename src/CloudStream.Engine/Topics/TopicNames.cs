using System.Buffers;

namespace CloudStream.Engine.Topics;

/// <summary>Kafka's rules for topic names.</summary>
public static class TopicNames
{
    /// <summary>Longest name in characters.</summary>
    public const int MaxLength = 249;

    private static readonly SearchValues<char> s_allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>What is wrong with a name; null when nothing is.</summary>
    public static string? Fault(string name)
    {
        if (name.Length == 0)
            return "A topic name cannot be empty.";
        if (name is "." or "..")
            return $"A topic cannot be called '{name}'.";
        if (name.Length > MaxLength)
            return $"The topic name has {name.Length} characters; the limit is {MaxLength}.";
        return name.AsSpan().IndexOfAnyExcept(s_allowed) is >= 0 and var at
            ? $"The topic name has an illegal character at position {at}; allowed are a-z A-Z 0-9 . _ and -."
            : null;
    }

    /// <summary>Whether the name has a character on which names can collide.</summary>
    internal static bool CanCollide(string name) => name.AsSpan().IndexOfAny('.', '_') >= 0;

    /// <summary>Whether two different names are one as a metric's name, in which Kafka's tools write '_' for '.'.</summary>
    internal static bool Collide(string a, string b) => a != b && a.Replace('.', '_') == b.Replace('.', '_');
}
