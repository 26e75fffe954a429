using System.CommandLine;
using System.Globalization;
using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Client.Admin;

namespace CloudStream.Cli.Groups;

/// <summary><c>cloudstream group describe GROUP</c>: its state, its members, and how far it is behind on each partition.</summary>
internal static class GroupDescribeCommand
{
    public static Command Create()
    {
        Argument<string> name = GroupCommand.NameArgument();
        Option<bool> json = GroupCommand.JsonOption();
        Option<Uri> server = ServerOption.Create();
        Command command = new Command(
            "describe", "Show a group's members, and how far it is behind on each partition.") { name, json, server }
            .WithExamples("cloudstream group describe billing", "cloudstream group describe billing --json");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            GroupDescription group = await client.Admin.DescribeGroupAsync(parsed.GetValue(name)!, cancellationToken);
            if (parsed.GetValue(json))
                GroupJson.Print(group);
            else
                Print(group);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(GroupDescription group)
    {
        Console.WriteLine($"group        {group.Group}");
        Console.WriteLine($"state        {group.State}");
        if (group.Assignor.Length > 0)
            Console.WriteLine($"assignor     {group.Assignor}");
        Console.WriteLine($"generation   {group.Generation}");
        Console.WriteLine($"coordinator  {group.Coordinator}");
        Console.WriteLine($"lag          {group.Lag}");
        if (group.Partitions.Count > 0)
            PrintPartitions(group);
        if (group.Members.Count > 0)
            PrintMembers(group);
    }

    private static void PrintPartitions(GroupDescription group)
    {
        Console.WriteLine();
        var table = new TextTable("topic", "partition", "committed", "log end", "lag", "member");
        foreach (GroupPartition p in group.Partitions)
            table.Row(p.Partition.Topic, Text(p.Partition.Partition), Text(p.CommittedOffset), Text(p.LogEndOffset), Text(p.Lag),
                p.MemberId ?? "-");
        table.Print();
    }

    private static void PrintMembers(GroupDescription group)
    {
        Console.WriteLine();
        var table = new TextTable("member", "client", "host", "partitions");
        foreach (GroupMemberDescription m in group.Members)
            table.Row(m.MemberId, m.ClientId, m.Host, Text(m.Assignment.Count));
        table.Print();
    }

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
