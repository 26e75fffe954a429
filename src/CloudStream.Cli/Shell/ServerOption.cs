using System.CommandLine;

namespace CloudStream.Cli.Shell;

/// <summary><c>--server</c>, the same in every client command.</summary>
internal static class ServerOption
{
    public const string Default = "http://127.0.0.1:8098";
    public const string Variable = "CLOUDSTREAM_SERVER";

    public static Option<Uri> Create() => new("--server")
    {
        Description = $"The broker's address. The environment variable {Variable} sets the default.",
        HelpName = "URL",
        DefaultValueFactory = result => Parse(
            Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } url ? url : Default, result.AddError),
        CustomParser = result => Parse(result.Tokens[^1].Value, result.AddError),
    };

    private static Uri Parse(string text, Action<string> fail)
    {
        string url = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        if (Uri.TryCreate(url, UriKind.Absolute, out Uri? server) && server.Scheme is "http" or "https")
            return server;
        fail($"'{text}' is not an address such as {Default}");
        return new Uri(Default);
    }
}
