namespace CloudStream.Client.Admin;

/// <summary>A group in a list.</summary>
/// <param name="Group">Its name.</param>
/// <param name="State">Empty, PreparingRebalance, CompletingRebalance, Stable; Unknown where only the coordinator knows, which describing
/// the group asks.</param>
/// <param name="Type">Always <c>classic</c>.</param>
/// <param name="ProtocolType"><c>consumer</c> for consumers; empty where only offsets were committed.</param>
public sealed record GroupListing(string Group, string State, string Type, string ProtocolType);
