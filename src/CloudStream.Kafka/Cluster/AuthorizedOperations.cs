namespace CloudStream.Kafka.Cluster;

/// <summary>What a client may do, as bits: everything that exists, as Kafka says where it has no authorizer (KIP-430).</summary>
internal static class AuthorizedOperations
{
    /// <summary>Nobody asked.</summary>
    public const int NotAsked = int.MinValue;

    private const int Read = 1 << 3, Write = 1 << 4, Create = 1 << 5, Delete = 1 << 6, Alter = 1 << 7, Describe = 1 << 8;
    private const int ClusterAction = 1 << 9, DescribeConfigs = 1 << 10, AlterConfigs = 1 << 11, IdempotentWrite = 1 << 12;

    /// <summary>On a topic.</summary>
    public const int OnTopic = Read | Write | Create | Delete | Alter | Describe | DescribeConfigs | AlterConfigs;

    /// <summary>On a group.</summary>
    public const int OnGroup = Read | Delete | Describe | DescribeConfigs | AlterConfigs;

    /// <summary>On the cluster.</summary>
    public const int OnCluster = Create | Alter | Describe | ClusterAction | DescribeConfigs | AlterConfigs | IdempotentWrite;
}
