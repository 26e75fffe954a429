namespace CloudStream.Log.Groups;

/// <summary>
/// How decisions about groups and the state of their shard go together. Only the simulation has others, each wrong in one way, to see that
/// it is caught.
/// </summary>
internal class GroupRules
{
    /// <summary>The rules.</summary>
    public static GroupRules Default { get; } = new();

    /// <summary>The epoch that an entry carries: the one that it was decided under, whatever the present one is.</summary>
    public virtual int EpochOf(int decided, int present) => decided;

    /// <summary>Whether a change is answered before it is in the journal: none is.</summary>
    public virtual bool IsAnsweredEarly(GroupChange change) => false;

    /// <summary>What is seen of a group: what is committed of it.</summary>
    public virtual StoredGroup? View(string groupId, StoredGroup? group, int epoch) => group;
}
