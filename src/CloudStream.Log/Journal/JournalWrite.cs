using CloudStream.Log.State;
using CloudStream.Storage.Metadata;

namespace CloudStream.Log.Journal;

/// <summary>One attempt at the next commit: repeated as it is until its outcome is known.</summary>
/// <param name="Key">The commit's slot.</param>
/// <param name="LapsBefore">The version that the slot has before it.</param>
/// <param name="Value">The slot's new value; valid until the next attempt is prepared.</param>
/// <param name="WriteId">Tells this attempt from every other.</param>
/// <param name="Next">The state that it leads to.</param>
/// <param name="EntryBytes">Bytes of its entries.</param>
/// <param name="IsChange">Whether it does more than put a checkpoint into use.</param>
internal sealed record JournalWrite(
    string Key, long LapsBefore, ReadOnlyMemory<byte> Value, WriteId WriteId, ShardState Next, int EntryBytes, bool IsChange);

/// <summary>What the slot of an attempt says of it.</summary>
internal enum Verdict
{
    /// <summary>The attempt is committed.</summary>
    Committed,

    /// <summary>Another commit has its version: it is not committed and never will be.</summary>
    Another,

    /// <summary>Nothing of that version is there: it is not committed yet, and may be, by a request that is still on its way.</summary>
    Absent,

    /// <summary>The ring has come by again: nobody knows any more whose commit had the version.</summary>
    Lapped,
}
