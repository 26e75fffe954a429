namespace CloudStream.Cluster.Settings;

/// <summary>A broker setting: its definition and, where it is an option of ours, the option that it sets.</summary>
/// <param name="Definition">Name, default, range, meaning.</param>
/// <param name="Present">What the option is; null for a setting that is kept by name.</param>
/// <param name="Option">Sets the option; null for a setting that is kept by name in <see cref="BrokerOptions.Settings"/>.</param>
internal sealed record BrokerSetting(
    SettingDefinition Definition, Func<BrokerOptions, long>? Present = null, Action<BrokerOptions, long>? Option = null);
