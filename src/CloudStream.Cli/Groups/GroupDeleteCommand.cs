using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Client;

namespace CloudStream.Cli.Groups;

/// <summary><c>cloudstream group delete GROUP</c></summary>
internal static class GroupDeleteCommand
{
    public static Command Create()
    {
        Argument<string> name = GroupCommand.NameArgument();
        Option<Uri> server = ServerOption.Create();
        Command command = new Command("delete", "Delete a group without members, and its committed offsets.") { name, server }.WithExamples(
            "cloudstream group delete billing");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            await client.Admin.DeleteGroupAsync(parsed.GetValue(name)!, cancellationToken);
            Console.WriteLine($"deleted {parsed.GetValue(name)}");
            return ExitCode.Ok;
        });
        return command;
    }
}
