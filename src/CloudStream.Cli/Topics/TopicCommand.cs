using System.CommandLine;
using CloudStream.Cli.Shell;

namespace CloudStream.Cli.Topics;

/// <summary><c>cloudstream topic …</c></summary>
internal static class TopicCommand
{
    public static Command Create() =>
        new Command("topic", "Create, list, describe, configure and delete topics.")
        {
            TopicCreateCommand.Create(),
            TopicListCommand.Create(),
            TopicDescribeCommand.Create(),
            TopicConfigCommand.Create(),
            TopicDeleteCommand.Create(),
        }.WithExamples(
            "cloudstream topic create orders --partitions 6",
            "cloudstream topic list",
            "cloudstream topic describe orders --json");

    public static Argument<string> NameArgument() => new("NAME") { Description = "The topic's name." };

    public static Option<bool> JsonOption() => new("--json") { Description = "Print JSON." };
}
