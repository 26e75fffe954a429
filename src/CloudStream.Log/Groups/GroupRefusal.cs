namespace CloudStream.Log.Groups;

/// <summary>Why a change of a group changes nothing.</summary>
public enum GroupRefusal
{
    /// <summary>It takes effect.</summary>
    None,

    /// <summary>It was decided under an epoch that is over, or by nobody where only a coordinator may decide.</summary>
    OtherEpoch,

    /// <summary>The group has members: only its coordinator may change it, and nobody may delete it.</summary>
    HasMembers,

    /// <summary>It is about a generation that is not the present one.</summary>
    OtherGeneration,

    /// <summary>There is no such group.</summary>
    NoSuchGroup,
}
