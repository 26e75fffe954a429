using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Client;

namespace CloudStream.Cli.Topics;

/// <summary><c>cloudstream topic delete NAME</c></summary>
internal static class TopicDeleteCommand
{
    public static Command Create()
    {
        Argument<string> name = TopicCommand.NameArgument();
        Option<Uri> server = ServerOption.Create();
        Command command = new Command("delete", "Delete a topic and its records.") { name, server }.WithExamples(
            "cloudstream topic delete orders");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            await client.Admin.DeleteTopicAsync(parsed.GetValue(name)!, cancellationToken);
            Console.WriteLine($"deleted {parsed.GetValue(name)}");
            return ExitCode.Ok;
        });
        return command;
    }
}
