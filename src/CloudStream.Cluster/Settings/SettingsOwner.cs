namespace CloudStream.Cluster.Settings;

/// <summary>Whose settings are altered while the cluster runs.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name or id; empty for all brokers.</param>
public readonly record struct SettingsOwner(SettingsOwnerKind Kind, string Name)
{
    /// <summary>All brokers.</summary>
    public static SettingsOwner AllBrokers { get; } = new(SettingsOwnerKind.Brokers, "");
}
