using System.Buffers;
using System.Globalization;

namespace CloudStream.Storage.Metadata;

/// <summary>The rules for register keys and values, the same on every store. Violations are <see cref="StoreErrorKind.Invalid"/>.</summary>
public static class RegisterKeys
{
    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-_.");

    /// <summary>The highest number of a slot.</summary>
    public const int MaxSlot = 9999;

    private const int SlotDigits = 4;

    /// <summary>The key of a slot of a numbered family: four decimal digits behind it, so that keys and slots have one order.</summary>
    public static string SlotOf(string family, int slot) => string.Create(CultureInfo.InvariantCulture, $"{family}{slot:d4}");

    /// <summary>Checks what a range read is given.</summary>
    public static void CheckRange(string family, int first, int count)
    {
        CheckPrefix(family);
        if (family[^1] != '/')
            throw Invalid(family, "is no family of slots: it does not end with '/'");
        if (first < 0 || count < 1 || first > MaxSlot || count > MaxSlot + 1 - first)
            throw Invalid(family, $"has no slots {first} to {(long)first + count - 1}: they are numbered 0 to {MaxSlot}");
    }

    /// <summary>The slot of a family that a key names; false for other keys that begin as the family's do.</summary>
    public static bool TrySlotIn(string family, string key, out int slot)
    {
        slot = 0;
        return key.Length == family.Length + SlotDigits && key.StartsWith(family, StringComparison.Ordinal)
            && int.TryParse(key.AsSpan(family.Length), NumberStyles.None, CultureInfo.InvariantCulture, out slot);
    }

    /// <summary>Checks a key.</summary>
    public static void Check(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length is 0 or > MetadataLimits.MaxKeyLength)
            throw Invalid(key, $"has {key.Length} characters, 1 to {MetadataLimits.MaxKeyLength} are allowed");
        if (key.AsSpan().ContainsAnyExcept(s_allowed))
            throw Invalid(key, "has a character other than A-Z a-z 0-9 / - _ .");
    }

    /// <summary>Checks a list prefix: a key's beginning that holds a whole family, so that no store has to scan everything.</summary>
    public static void CheckPrefix(string prefix)
    {
        Check(prefix);
        if (!prefix.Contains('/'))
            throw Invalid(prefix, "names no family: a list prefix contains a '/'");
    }

    /// <summary>Checks what a put is given.</summary>
    public static void CheckPut(string key, ReadOnlyMemory<byte> value, long expectedVersion)
    {
        Check(key);
        if (value.Length > MetadataLimits.MaxValueBytes)
            throw Invalid(key, $"cannot hold {value.Length} bytes, at most {MetadataLimits.MaxValueBytes} are allowed");
        if (expectedVersion < 0)
            throw Invalid(key, $"never has version {expectedVersion}");
    }

    /// <summary>Checks what a delete is given. Only something that exists can be deleted, so the expected version is at least 1.</summary>
    public static void CheckDelete(string key, long expectedVersion)
    {
        Check(key);
        if (expectedVersion < 1)
            throw Invalid(key, $"cannot be deleted at version {expectedVersion}");
    }

    private static StoreException Invalid(string key, string why) => new(StoreErrorKind.Invalid, $"the register '{key}' {why}");
}
