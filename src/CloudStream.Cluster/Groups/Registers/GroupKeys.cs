using System.Globalization;
using System.Text;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cluster.Groups.Registers;

/// <summary>Keys of group registers. A group's name may be any text; bytes of its UTF-8 that a key cannot hold become <c>_</c> and two hexadecimal digits.</summary>
internal static class GroupKeys
{
    /// <summary>The family of all groups.</summary>
    public const string Prefix = "groups/";

    // Kafka allows commits to a group without a name. An underscore alone escapes nothing else.
    private const string NoName = "_";

    /// <summary>The register's key; null when the name is too long to be one.</summary>
    public static string? KeyOf(string groupId)
    {
        if (groupId.Length == 0)
            return Prefix + NoName;
        if (groupId.Length > MetadataLimits.MaxKeyLength)
            return null;
        var key = new StringBuilder(Prefix, 64);
        foreach (var b in Encoding.UTF8.GetBytes(groupId))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.')
                key.Append((char)b);
            else
                key.Append(CultureInfo.InvariantCulture, $"_{b:X2}");
        }

        return key.Length <= MetadataLimits.MaxKeyLength ? key.ToString() : null;
    }

    /// <summary>The group's name, from its key.</summary>
    /// <exception cref="StoreException">Corrupt: the key is not one of ours.</exception>
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
            else if (i + 2 < escaped.Length && byte.TryParse(escaped.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
                (bytes, i) = ([.. bytes, b], i + 2);
            else
                throw new StoreException(StoreErrorKind.Corrupt, $"register {key} names no group");
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
