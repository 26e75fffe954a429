using System.Globalization;

namespace CloudStream.Storage.Objects;

/// <summary>
/// Names one object of a shard in 17 bytes or fewer. The name that the store sees is a pure function of this and the shard:
/// <c>{hash:2}/{shard:4}/{kind}-{born:12}-{id:16}</c>, all numbers in hexadecimal; a checkpoint's begins with <c>ck</c> instead of the hash
/// and counts its version down from the highest, so that the first one of a shard's in a list is the newest.
/// </summary>
/// <param name="Kind">What the object holds.</param>
/// <param name="Born">
/// The version of the shard's journal that the writer knew when it chose the name. The orphan sweep voids, by a committed horizon, what was
/// born before it and is referenced by nothing; so a late commit can never bring back a deleted object (design.md, section 5).
/// </param>
/// <param name="Id">Random; makes the name fresh, and is the commit id of the flush or merge that wrote the object.</param>
public readonly record struct ObjectRef(ObjectKind Kind, long Born, ulong Id)
{
    /// <summary>Length of every object name in characters.</summary>
    public const int NameLength = 2 + 1 + 4 + 1 + 1 + 1 + 12 + 1 + 16;

    private const long HighestVersion = 0xffff_ffff_ffff;

    /// <summary>The object's name in the store. It begins with a short hash, so that S3 spreads load from the first day.</summary>
    public string NameIn(int shard) => Kind switch
    {
        ObjectKind.Checkpoint =>
            string.Create(CultureInfo.InvariantCulture, $"{CheckpointsOf(shard)}{(char)Kind}-{HighestVersion - Born:x12}-{Id:x16}"),
        ObjectKind.Slot => string.Create(CultureInfo.InvariantCulture, $"journal/{shard:d4}/commit-{Born}.{(uint)Id}"), // For people.
        _ => string.Create(CultureInfo.InvariantCulture, $"{(byte)(Id ^ (Id >> 32)):x2}/{shard:x4}/{(char)Kind}-{Born:x12}-{Id:x16}"),
    };

    /// <summary>What the names of a shard's checkpoints begin with.</summary>
    public static string CheckpointsOf(int shard) => string.Create(CultureInfo.InvariantCulture, $"ck/{shard:x4}/");

    /// <summary>Reads a name back; false for names that are not ours (which the sweep must leave alone).</summary>
    public static bool TryParse(string name, out int shard, out ObjectRef reference)
    {
        shard = 0;
        reference = default;
        if (name.Length != NameLength || name[2] != '/' || name[7] != '/' || name[9] != '-' || name[22] != '-')
            return false;
        var kind = (ObjectKind)name[8];
        if (kind is not (ObjectKind.Segment or ObjectKind.Merged or ObjectKind.Checkpoint or ObjectKind.Page or ObjectKind.Entry
            or ObjectKind.Spill))
            return false;
        if (!TryHex(name.AsSpan(3, 4), out var shardNumber) || !TryHex(name.AsSpan(10, 12), out var born)
            || !TryHex(name.AsSpan(23, 16), out var id))
            return false;
        shard = (int)shardNumber;
        reference = new ObjectRef(kind, kind == ObjectKind.Checkpoint ? HighestVersion - (long)born : (long)born, id);
        return reference.NameIn(shard) == name;
    }

    private static bool TryHex(ReadOnlySpan<char> text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
