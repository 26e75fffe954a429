namespace CloudStream.Proof.Groups;

/// <summary>What somebody was told of a committed offset.</summary>
/// <param name="Group">The group.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Client">Who asked.</param>
/// <param name="Offset">-1 for none.</param>
/// <param name="Token">The metadata of the commit; empty for none.</param>
/// <param name="Invoked">Tick of the question.</param>
/// <param name="Completed">Tick of the answer.</param>
public sealed record OffsetRead(string Group, int Partition, string Client, long Offset, string Token, long Invoked, long Completed);
