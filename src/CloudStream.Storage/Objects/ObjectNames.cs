using System.Buffers;

namespace CloudStream.Storage.Objects;

/// <summary>The rule for object names, the same on every store.</summary>
public static class ObjectNames
{
    /// <summary>Longest name in characters.</summary>
    public const int MaxLength = 512;

    private static readonly SearchValues<char> s_allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789/-_.");

    /// <summary>Fails with <see cref="StoreErrorKind.Invalid"/> unless <paramref name="name"/> may name an object.</summary>
    public static void Check(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > MaxLength)
            throw Invalid(name, $"has {name.Length} characters, 1 to {MaxLength} are allowed");
        CheckCharacters(name);
        if (name[0] == '/' || name[^1] == '/')
            throw Invalid(name, "begins or ends with '/'");
    }

    /// <summary>
    /// Fails with <see cref="StoreErrorKind.Invalid"/> unless some name may begin with <paramref name="prefix"/>; an empty prefix is every
    /// name's.
    /// </summary>
    public static void CheckPrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (prefix.Length > MaxLength)
            throw Invalid(prefix, $"has {prefix.Length} characters, at most {MaxLength} are allowed");
        CheckCharacters(prefix);
        if (prefix.StartsWith('/'))
            throw Invalid(prefix, "begins with '/'");
    }

    private static void CheckCharacters(string name)
    {
        if (name.AsSpan().ContainsAnyExcept(s_allowed))
            throw Invalid(name, "has a character other than a-z 0-9 / - _ .");
        if (name.Contains("//", StringComparison.Ordinal) || name.Contains("..", StringComparison.Ordinal))
            throw Invalid(name, "contains '//' or '..'");
    }

    private static StoreException Invalid(string name, string why) => new(StoreErrorKind.Invalid, $"the object name '{name}' {why}");
}
