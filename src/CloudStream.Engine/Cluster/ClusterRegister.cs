namespace CloudStream.Engine.Cluster;

/// <summary>
/// Register <c>cluster/settings</c>: what all brokers of a cluster must agree on. Written once, by the first broker that ever starts, and never
/// changed or deleted.
/// </summary>
/// <param name="ClusterId">22 characters, base64url of 16 random bytes, as Kafka's.</param>
/// <param name="Shards">Number of shards, 1 to 1,024.</param>
internal sealed record ClusterRegister(string ClusterId, int Shards)
{
    /// <summary>The register's key.</summary>
    public const string Key = "cluster/settings";

    private static ReadOnlySpan<byte> Magic => "CSCL"u8;

    public ReadOnlyMemory<byte> Encode()
    {
        var writer = RegisterFormat.Begin(Magic);
        writer.String(ClusterId);
        writer.Count(Shards);
        return writer.Written;
    }

    public static ClusterRegister Decode(ReadOnlyMemory<byte> value)
    {
        var reader = RegisterFormat.Open(value, Magic, Key);
        var decoded = new ClusterRegister(reader.String(), reader.Count32());
        reader.End();
        return decoded.Shards is >= 1 and <= 1024 ? decoded : throw reader.Corrupt($"{decoded.Shards} shards");
    }
}
