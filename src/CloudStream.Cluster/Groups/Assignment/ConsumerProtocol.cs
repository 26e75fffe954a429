namespace CloudStream.Cluster.Groups.Assignment;

/// <summary>
/// What consumers say to each other through the group protocol: subscriptions and assignments (KIP-429, KIP-792, KIP-881).
/// </summary>
public static class ConsumerProtocol
{
    /// <summary>The protocol type of consumers.</summary>
    public const string ProtocolType = "consumer";

    /// <summary>The newest version of either that is written; newer ones are read as far as they are known.</summary>
    public const short Version = 3;
}
