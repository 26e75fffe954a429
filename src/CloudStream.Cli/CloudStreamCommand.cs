using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using CloudStream.Cli.Bench;
using CloudStream.Cli.Consume;
using CloudStream.Cli.Groups;
using CloudStream.Cli.Inspect;
using CloudStream.Cli.Produce;
using CloudStream.Cli.Serve;
using CloudStream.Cli.Shell;
using CloudStream.Cli.Topics;
using CloudStream.Cli.Users;
using CloudStream.Cli.Verify;

namespace CloudStream.Cli;

/// <summary>The whole command line: the tree of commands, and the boundary where failures become one line and an exit code.</summary>
internal static class CloudStreamCommand
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Event streaming on an object store and a metadata table.")
        {
            ServeCommand.Create(),
            TopicCommand.Create(),
            ProduceCommand.Create(),
            ConsumeCommand.Create(),
            GroupCommand.Create(),
            BenchCommand.Create(),
            InspectCommand.Create(),
            VerifyCommand.Create(),
            AcceptLossCommand.Create(),
            KafkaUserCommand.Create(),
        };
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
                option.Action = new HelpWithExamplesAction(help);
            else if (option is VersionOption)
                option.Action = new VersionAction();
        }

        return root.WithExamples(
            "cloudstream serve",
            "cloudstream topic create orders --partitions 6",
            "echo 'hello' | cloudstream produce orders",
            "cloudstream consume orders");
    }

    public static async Task<int> InvokeAsync(string[] arguments)
    {
        // No response files: a value may begin with @ (a timestamp does).
        ParseResult parsed = Create().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
            return ReportUsage(parsed);
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e)
        {
            return Failures.Report(e);
        }
    }

    private static int ReportUsage(ParseResult parsed)
    {
        if (parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.Tokens.Count == parsed.CommandResult.Tokens.Count + Depth(parsed))
        {
            // A group named without its command: show what there is.
            new HelpWithExamplesAction(new HelpAction()).Invoke(parsed);
            return ExitCode.Usage;
        }

        foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            Console.Error.WriteLine($"cloudstream: {UsageErrors.Plain(error.Message)}");
        Console.Error.WriteLine($"See: {CommandPath(parsed)} --help");
        return ExitCode.Usage;
    }

    private static int Depth(ParseResult parsed) => CommandPath(parsed).Split(' ').Length - 1;

    private static string CommandPath(ParseResult parsed)
    {
        string path = "";
        for (System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult; at is System.CommandLine.Parsing.CommandResult command;
            at = at.Parent)
            path = $" {(command.Command is RootCommand ? "cloudstream" : command.Command.Name)}{path}";
        return path.TrimStart();
    }
}
