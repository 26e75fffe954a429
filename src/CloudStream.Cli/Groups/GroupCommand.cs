using System.CommandLine;
using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Groups;

/// <summary><c>cloudstream group …</c></summary>
internal static class GroupCommand
{
    public static Command Create() =>
        new Command("group", "List, describe, reset and delete consumer groups, those of Kafka clients included.")
        {
            GroupListCommand.Create(),
            GroupDescribeCommand.Create(),
            GroupResetCommand.Create(),
            GroupDeleteCommand.Create(),
        }.WithExamples(
            "cloudstream group list",
            "cloudstream group describe billing",
            "cloudstream group reset billing --to earliest --topic orders");

    public static Argument<string> NameArgument() => new("GROUP") { Description = "The group's name." };

    public static Option<bool> JsonOption() => new("--json") { Description = "Print JSON." };
}
