using System.Globalization;
using CloudStream.Storage.Metadata;

namespace CloudStream.Log.Options;

/// <summary>
/// Where the commits of a cluster's shards lie: commit v in slot v mod size of its shard's ring of registers, written on condition that the
/// slot still holds commit v - size. The same for all brokers and for ever.
/// </summary>
/// <param name="Cluster">What this cluster's keys hold, so that nobody from another life of the metadata can match by accident.</param>
/// <param name="Slots">The ring's size.</param>
internal record JournalRing(string Cluster, int Slots)
{
    /// <summary>The family of all journals.</summary>
    public const string Prefix = "journals/";

    /// <summary>The size of a ring that is formed now; only the simulation forms others.</summary>
    public const int DefaultSlots = 1024;

    /// <summary>The smallest ring: its reserve and two slots would do, 4 is what is tested.</summary>
    public const int MinSlots = 4;

    /// <summary>The last slots before a lap: only what lets the shard go on is written into them.</summary>
    public virtual int Reserve => Math.Max(1, Slots / 8);

    /// <summary>After so many commits a checkpoint is due, if they are worth one.</summary>
    public int DueCommits => Math.Max(1, Slots / 16);

    /// <summary>What the keys of a shard's slots begin with.</summary>
    public string FamilyOf(int shard) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Cluster}/{shard:d4}/");

    /// <summary>The slot of a commit.</summary>
    public int SlotOf(long version) => (int)(version % Slots);

    /// <summary>The version that the commit's slot has before it is written: how often the ring has come by there, 0 for never.</summary>
    public long LapsBefore(long version) => (version - 1) / Slots;

    /// <summary>How many slots are left for later commits behind this one, while a checkpoint covers all up to another.</summary>
    public virtual long FreeBehind(long version, long covered) => covered + Slots - version;

    /// <summary>Reads a family's or a slot's key.</summary>
    public static bool TryParse(string key, out string cluster, out int shard, out string slot)
    {
        (cluster, shard, slot) = ("", 0, "");
        var parts = key.Split('/');
        if (parts.Length != 4 || !key.StartsWith(Prefix, StringComparison.Ordinal)
            || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out shard))
            return false;
        (cluster, slot) = (parts[1], parts[3]);
        return true;
    }

    /// <summary>The key of a commit's slot.</summary>
    public string KeyOf(int shard, long version) => RegisterKeys.SlotOf(FamilyOf(shard), SlotOf(version));
}
