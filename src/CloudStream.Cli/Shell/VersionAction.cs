using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace CloudStream.Cli.Shell;

/// <summary><c>--version</c>: the release, without the build's commit.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public static string Version { get; } =
    (typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"cloudstream {Version}");
        return ExitCode.Ok;
    }
}
