namespace CloudStream.Cli.Shell;

/// <summary><c>NAME=VALUE</c> arguments.</summary>
internal static class SettingArguments
{
    public static Dictionary<string, string> Parse(IEnumerable<string> arguments)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string argument in arguments)
        {
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw CommandException.Usage($"'{argument}' is not NAME=VALUE");
            settings[argument[..equals].Trim()] = argument[(equals + 1)..].Trim();
        }

        return settings;
    }
}
