using System.CommandLine;
using System.Globalization;
using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Client.Admin;

namespace CloudStream.Cli.Topics;

/// <summary><c>cloudstream topic list</c>: names, one a line, for pipes; a table on a terminal.</summary>
internal static class TopicListCommand
{
    public static Command Create()
    {
        Option<bool> json = TopicCommand.JsonOption();
        Option<Uri> server = ServerOption.Create();
        Command command = new Command("list", "List the topics: one name a line in a pipe, a table on a terminal.") { json, server }
            .WithExamples("cloudstream topic list", "cloudstream topic list --json");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            IReadOnlyList<TopicDescription> topics = await client.Admin.ListTopicsAsync(cancellationToken);
            if (parsed.GetValue(json))
                TopicJson.Print(topics);
            else
                Print(topics);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(IReadOnlyList<TopicDescription> topics)
    {
        if (Console.IsOutputRedirected)
        {
            foreach (TopicDescription topic in topics)
                Console.WriteLine(topic.Name);
            return;
        }

        var table = new TextTable("topic", "partitions", "settings");
        foreach (TopicDescription topic in topics)
            table.Row(topic.Name, topic.PartitionCount.ToString(CultureInfo.InvariantCulture),
                string.Join(' ', topic.Config.Select(c => $"{c.Key}={c.Value}")));
        table.Print();
    }
}
