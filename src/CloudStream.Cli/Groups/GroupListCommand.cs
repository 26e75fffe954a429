using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Client.Admin;

namespace CloudStream.Cli.Groups;

/// <summary><c>cloudstream group list</c>: names, one a line, for pipes; a table on a terminal.</summary>
internal static class GroupListCommand
{
    public static Command Create()
    {
        Option<bool> json = GroupCommand.JsonOption();
        Option<Uri> server = ServerOption.Create();
        Command command = new Command("list", "List the groups: one name a line in a pipe, a table on a terminal.") { json, server }
            .WithExamples("cloudstream group list", "cloudstream group list --json");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            IReadOnlyList<GroupListing> groups = await client.Admin.ListGroupsAsync(cancellationToken);
            if (parsed.GetValue(json))
                GroupJson.Print(groups);
            else
                Print(groups);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(IReadOnlyList<GroupListing> groups)
    {
        if (Console.IsOutputRedirected)
        {
            foreach (GroupListing group in groups)
                Console.WriteLine(group.Group);
            return;
        }

        var table = new TextTable("group", "state", "type", "protocol");
        foreach (GroupListing group in groups)
            table.Row(group.Group, group.State, group.Type, group.ProtocolType);
        table.Print();
    }
}
