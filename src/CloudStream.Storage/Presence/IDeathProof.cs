namespace CloudStream.Storage.Presence;

/// <summary>
/// Tells that a process is dead without waiting for its silence, where what lies beside the stores can tell. It spares waiting and decides
/// nothing: whoever is taken for dead and lives loses its leases and no data. Thread-safe; never throws.
/// </summary>
public interface IDeathProof
{
    /// <summary>The name of this process's life, which no other has or will have: 16 hexadecimal digits.</summary>
    string Instance { get; }

    /// <summary>The instances that live or have left something behind.</summary>
    IReadOnlyList<string> List();

    /// <summary>Whether the process of that instance is proven dead. False where it lives, and where nobody can tell.</summary>
    bool IsDead(string instance);

    /// <summary>
    /// Removes what a dead instance has left, or this one's own when it needs no proof any more; nobody can tell about that instance from
    /// then on.
    /// </summary>
    void Forget(string instance);
}
