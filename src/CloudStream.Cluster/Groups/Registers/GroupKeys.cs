using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cluster.Groups.Registers;

/// <summary>
/// Keys of group registers. A group's name may be any text; bytes of its UTF-8 that a key cannot hold become <c>_</c> and two hexadecimal
/// digits. Of a name that is too long for that the key holds the hash, and the register the name.
/// </summary>
internal static class GroupKeys
{
    /// <summary>The family of all groups.</summary>
    public const string Prefix = "groups/";

    // Kafka allows commits to a group without a name. An underscore alone escapes nothing else.
    private const string NoName = "_";

    // Two underscores never come together otherwise.
    private const string HashPrefix = Prefix + "__";

    // As long as Kafka's protocol can say.
    private const int MaxNameBytes = short.MaxValue;

    /// <summary>The register's key; null when the name is longer than a group's may be.</summary>
    public static string? KeyOf(string groupId)
    {
        if (groupId.Length == 0)
            return Prefix + NoName;
        if (groupId.Length > MaxNameBytes)
            return null;
        var bytes = Encoding.UTF8.GetBytes(groupId);
        if (bytes.Length > MaxNameBytes)
            return null;
        var escaped = bytes.Length <= MetadataLimits.MaxKeyLength ? Escape(bytes) : null;
        return escaped ?? HashPrefix + Convert.ToHexString(SHA256.HashData(bytes));
    }

    /// <summary>Whether the key holds a hash, so that the register holds the name.</summary>
    public static bool IsHash(string key) => key.StartsWith(HashPrefix, StringComparison.Ordinal);

    // Null: it is too long to be a key.
    private static string? Escape(byte[] name)
    {
        var key = new StringBuilder(Prefix, 64);
        foreach (var b in name)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.')
                key.Append((char)b);
            else
                key.Append(CultureInfo.InvariantCulture, $"_{b:X2}");
        }

        return key.Length <= MetadataLimits.MaxKeyLength ? key.ToString() : null;
    }

    /// <summary>The group's name, from a key that holds it.</summary>
    /// <exception cref="StoreException">Corrupt: the key is not one of ours, or holds a hash.</exception>
    public static string IdOf(string key)
    {
        var escaped = key.AsSpan(Prefix.Length);
        if (escaped.SequenceEqual(NoName))
            return "";
        var bytes = new List<byte>(escaped.Length);
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '_')
                bytes.Add((byte)escaped[i]);
            else if (i + 2 < escaped.Length
                && byte.TryParse(escaped.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
                (bytes, i) = ([.. bytes, b], i + 2);
            else
                throw new StoreException(StoreErrorKind.Corrupt, $"register {key} names no group");
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
