using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace CloudStream.Cli.Shell;

/// <summary>The ordinary help page, with examples at its end.</summary>
internal sealed class HelpWithExamplesAction(HelpAction page) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        page.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (CommandExamples.Of(parseResult.CommandResult.Command) is { Length: > 0 } examples)
        {
            output.WriteLine("Examples:");
            foreach (string example in examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
        }

        return ExitCode.Ok;
    }
}

/// <summary>The examples that belong to a command.</summary>
internal static class CommandExamples
{
    private static readonly ConditionalWeakTable<Command, string[]> Examples = [];

    public static T WithExamples<T>(this T command, params string[] examples)
        where T : Command
    {
        Examples.Add(command, examples);
        return command;
    }

    public static string[] Of(Command command) => Examples.TryGetValue(command, out string[]? examples) ? examples : [];
}
