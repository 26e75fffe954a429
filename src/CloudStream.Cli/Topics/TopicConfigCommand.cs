using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Client;
using CloudStream.Client.Admin;

namespace CloudStream.Cli.Topics;

/// <summary><c>cloudstream topic config NAME</c>: shows all settings in force, or changes some; widens a topic, too.</summary>
internal static class TopicConfigCommand
{
    public static Command Create()
    {
        Argument<string> name = TopicCommand.NameArgument();
        var set = new Option<string[]>("--set")
        {
            Description = "Set a setting; may be given several times.",
            HelpName = "NAME=VALUE",
            DefaultValueFactory = _ => []
        };
        var unset = new Option<string[]>("--unset")
        {
            Description = "Reset a setting to its default; may be given several times.",
            HelpName = "NAME",
            DefaultValueFactory = _ => []
        };
        var partitions = new Option<int?>("--partitions")
        {
            Description = "Raise the number of partitions to N. Keys may move to other partitions from then on.",
            HelpName = "N"
        };
        Option<bool> json = TopicCommand.JsonOption();
        Option<Uri> server = ServerOption.Create();
        Command command = new Command("config", "Show a topic's settings, or change them.") { name, set, unset, partitions, json, server }
            .WithExamples(
                "cloudstream topic config orders",
                "cloudstream topic config orders --set retention.ms=86400000 --unset retention.bytes",
                "cloudstream topic config orders --partitions 12");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string topic = parsed.GetValue(name)!;
            Dictionary<string, string?> changes = Changes(parsed.GetValue(set)!, parsed.GetValue(unset)!);
            using CloudStreamClient client = Connection.Open(parsed.GetValue(server)!);
            if (changes.Count > 0)
                await client.Admin.AlterTopicAsync(topic, changes, cancellationToken);
            if (parsed.GetValue(partitions) is { } count)
                await client.Admin.AddPartitionsAsync(topic, count, cancellationToken);
            Print(await client.Admin.DescribeTopicAsync(topic, cancellationToken), parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Dictionary<string, string?> Changes(string[] set, string[] unset)
    {
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach ((string name, string value) in SettingArguments.Parse(set))
            changes[name] = value;
        foreach (string name in unset)
        {
            if (!changes.TryAdd(name, null))
                throw CommandException.Usage($"{name} is both set and unset");
        }

        return changes;
    }

    private static void Print(TopicDescription topic, bool json)
    {
        if (json)
        {
            TopicJson.Print(topic);
            return;
        }

        var table = new TextTable("setting", "value", "");
        foreach (TopicConfigEntry entry in topic.ConfigEntries)
            table.Row(entry.Name, entry.Value, entry.IsDefault ? "default" : "set");
        table.Print();
    }
}
