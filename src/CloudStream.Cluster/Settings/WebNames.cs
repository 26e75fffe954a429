namespace CloudStream.Cluster.Settings;

/// <summary>What settings may say of hosts and origins of the web.</summary>
internal static class WebNames
{
    /// <summary>Host names; a domain for all names in it.</summary>
    public static SettingRule HostsRule { get; } =
        SettingRule.ListOf("a list of host names without ports (.domain stands for all names in it), or *", IsHost, "*");

    /// <summary>Origins, as browsers write them.</summary>
    public static SettingRule OriginsRule { get; } =
        SettingRule.ListOf("a list of origins such as https://console.example, without a path, or *", IsOrigin, "*");

    private static bool IsHost(string text)
    {
        var name = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text.TrimStart('.');
        return Uri.CheckHostName(name) != UriHostNameType.Unknown;
    }

    // "null" is the origin of files and sandboxed frames.
    private static bool IsOrigin(string text) => text == "null"
        || (Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && text.Equals($"{uri.Scheme}://{uri.Authority}", StringComparison.OrdinalIgnoreCase));
}
