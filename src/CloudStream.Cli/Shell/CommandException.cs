namespace CloudStream.Cli.Shell;

/// <summary>Ends a command with one line on standard error that says what failed, where, and the limit.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failure) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The request itself is wrong.</summary>
    public static CommandException Usage(string message) => new(message, Shell.ExitCode.Usage);
}
