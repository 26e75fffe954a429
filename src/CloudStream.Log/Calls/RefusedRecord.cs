namespace CloudStream.Log.Calls;

/// <summary>A record for which a topic refuses all that was sent.</summary>
/// <param name="Index">Which one, counted from the first record that was sent.</param>
/// <param name="Reason">What is wrong with it, for the client.</param>
public readonly record struct RefusedRecord(int Index, string Reason);
